/**
 * Event frames made from the event's own bytes: only the cursor is put in front, and no JSON is parsed or made. One
 * buffer serves all frames, since a socket copies what it is given.
 */
const SUFFIX = 0x7d // }

const PASSING_HEAD = Buffer.from('{"t":"event","event":')
const HEAD_EVENT = Buffer.from('{"kind":"head",')
const PASSING_END = Buffer.of(SUFFIX)

/** A mark of a channel's new head: nothing else tells a client of it, so it isn't left out. */
export const isMark = (json: Uint8Array): boolean =>
  json.length > HEAD_EVENT.length && HEAD_EVENT.compare(json, 0, HEAD_EVENT.length) === 0

/** The frame of an event without a cursor: the same bytes for all who get it. */
export const passingFrame = (json: Uint8Array): Buffer => Buffer.concat([PASSING_HEAD, json, PASSING_END])

export class Splicer {
  #buffer = Buffer.allocUnsafe(64 * 1024)

  /** The frame of event `n`; valid until the next call. */
  frame(epoch: string, n: number, json: Uint8Array): Uint8Array {
    // Epochs are made by the fabric of characters that JSON leaves as they are.
    const head = `{"t":"event","cursor":"${epoch}:${n}","prev":"${epoch}:${n - 1}","event":`
    const length = head.length + json.length + 1
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(length * 2)
    this.#buffer.write(head, 0, 'latin1')
    this.#buffer.set(json, head.length)
    this.#buffer[length - 1] = SUFFIX
    return this.#buffer.subarray(0, length)
  }
}
