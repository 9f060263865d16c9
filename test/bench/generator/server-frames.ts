/**
 * Reads the two frames that come by the ten thousand, `ack` and `event` of a message, by the bytes at their known
 * places; whatever looks otherwise is parsed as JSON, so that another order of fields costs time, not truth.
 */
import { BODY_BYTES, readStamp } from './stamp.ts'

export type Seen = {
  ack(id: number, duplicate: boolean): void
  /** `stamp` is null for an event that is no message of this generator. */
  event(epoch: string, n: number, prev: number, stamp: number | null): void
  /** Any other frame. */
  other(frame: OtherFrame): void
}
export type OtherFrame = { readonly t: string; readonly [field: string]: unknown }

const ACK = Buffer.from('{"t":"ack","id":')
const EVENT = Buffer.from('{"t":"event","cursor":"')
const PREV = Buffer.from('","prev":"')
const MESSAGE = Buffer.from('","event":{"kind":"message"')
const FRESH = Buffer.from('"duplicate":false,"level":"region"}')
const BODY = Buffer.from('"body":"')
const END = Buffer.from('"}}')

const COLON = 0x3a
const ZERO = 0x30
const NINE = 0x39

/** Reads one text frame's bytes, from `start` up to `end`. One reader a socket: it remembers the queue's epoch. */
export class ServerFrameReader {
  #epoch = ''
  #epochBytes: Buffer = Buffer.alloc(0)
  /** Where the last number ended. */
  #at = 0

  read(bytes: Buffer, start: number, end: number, seen: Seen): void {
    if (isAt(ACK, bytes, start, end)) {
      const id = this.#digits(bytes, start + ACK.length, end)
      if (id >= 0 && isAt(FRESH, bytes, end - FRESH.length, end)) return seen.ack(id, false)
    } else if (isAt(EVENT, bytes, start, end) && this.#event(bytes, start + EVENT.length, end, seen)) return
    this.#slowly(bytes, start, end, seen)
  }

  #event(bytes: Buffer, start: number, end: number, seen: Seen): boolean {
    const epoch = this.#epochBytes
    if (epoch.length === 0 || !isAt(epoch, bytes, start, end)) return false
    const n = this.#digits(bytes, start + epoch.length, end)
    if (n < 0 || !isAt(PREV, bytes, this.#at, end)) return false
    const prevAt = this.#at + PREV.length
    if (!isAt(epoch, bytes, prevAt, end)) return false
    const prev = this.#digits(bytes, prevAt + epoch.length, end)
    if (prev < 0 || !isAt(MESSAGE, bytes, this.#at, end)) return false
    const body = end - END.length - BODY_BYTES
    if (!isAt(END, bytes, end - END.length, end) || !isAt(BODY, bytes, body - BODY.length, end)) return false
    const stamp = readStamp(bytes, body)
    if (stamp < 0) return false
    seen.event(this.#epoch, n, prev, stamp)
    return true
  }

  /** -1 if there is none. */
  #digits(bytes: Buffer, start: number, end: number): number {
    let value = 0
    let at = start
    for (; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte < ZERO || byte > NINE) break
      value = value * 10 + byte - ZERO
    }
    this.#at = at
    return at === start ? -1 : value
  }

  #slowly(bytes: Buffer, start: number, end: number, seen: Seen): void {
    const frame = JSON.parse(bytes.toString('utf8', start, end)) as OtherFrame
    if (frame.t === 'ack' && typeof frame['id'] === 'number')
      return seen.ack(frame['id'], frame['duplicate'] === true)
    if (frame.t !== 'event' || typeof frame['cursor'] !== 'string') return seen.other(frame)
    const [epoch, n] = cursorOf(frame['cursor'])
    const [prevEpoch, prev] = cursorOf(String(frame['prev']))
    this.#epoch = epoch
    this.#epochBytes = Buffer.from(`${epoch}:`)
    const { kind, body } = frame['event'] as { kind: string; body?: unknown }
    const stamp = kind === 'message' && typeof body === 'string' ? readStamp(Buffer.from(body), 0) : -1
    // A cursor and a prev of two epochs are no chain.
    seen.event(epoch, n, epoch === prevEpoch ? prev : Number.NaN, stamp < 0 ? null : stamp)
  }
}

/** `<epoch>:<n>` in its two parts. */
export function cursorOf(cursor: string): readonly [epoch: string, n: number] {
  const at = cursor.lastIndexOf(String.fromCharCode(COLON))
  return [cursor.slice(0, at), Number(cursor.slice(at + 1))]
}

function isAt(expected: Buffer, bytes: Buffer, start: number, end: number): boolean {
  const { length } = expected
  if (start < 0 || start + length > end) return false
  for (let i = 0; i < length; i++) if (bytes[start + i] !== expected[i]) return false
  return true
}
