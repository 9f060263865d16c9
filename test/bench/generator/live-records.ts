import { BODY_BYTES, readStamp } from './stamp.ts'

const LIVE = Buffer.from('{"t":"event","rev":')
/** From a live frame's end to its body: the body, a quotation mark and two braces. */
const BODY_FROM_END = BODY_BYTES + 3
const ZERO = 0x30
const NINE = 0x39

/** Live records of one open channel: counted, and checked to come without a hole, each once. */
export class LiveRecords {
  /** Messages that came. */
  received = 0
  /** What was wrong first, if anything. */
  fault: string | null = null
  /** Of the record before; null until one came, or the channel was opened. */
  #rev: number | null = null
  #first: number | null = null

  /** The channel is open, and what comes live comes after this rev; some of it may have come already. */
  openedAt(rev: number): void {
    if (this.#first === null) this.#rev = rev
    else if (this.#first !== rev + 1) this.fault ??= `record ${this.#first} came first after ${rev}`
  }

  /** False if the frame is none of them. */
  take(bytes: Buffer, start: number, end: number): boolean {
    if (start + LIVE.length > end) return false
    for (let i = 0; i < LIVE.length; i++) if (bytes[start + i] !== LIVE[i]) return false
    let rev = 0
    for (let at = start + LIVE.length; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte < ZERO || byte > NINE) break
      rev = rev * 10 + byte - ZERO
    }
    this.#first ??= rev
    if (this.#rev !== null && rev !== this.#rev + 1) this.fault ??= `record ${rev} came after ${this.#rev}`
    this.#rev = rev
    if (readStamp(bytes, end - BODY_FROM_END) >= 0) this.received++
    return true
  }
}
