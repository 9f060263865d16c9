import { BLANK_BODY, writeDigits } from './stamp.ts'
import { clientFrame } from './websocket.ts'

/** Added to a message's number to make its request id and the end of its cid: ten digits, always. */
const ID_BASE = 1_000_000_000
const UUID_TIME_CHARS = 13
/** 48 bits of time, then version 7, then a number that is the message's own (RFC 9562, section 5.7). */
const BLANK_CID = '00000000-0000-7000-8000-000000000000'
const CID_NUMBER_AT = BLANK_CID.length - 10

/** A channel's `send` as bytes, made once; each message only writes its numbers into a copy. */
export class SendFrame {
  readonly #bytes: Buffer
  readonly #idAt: number
  readonly #cidAt: number
  readonly #bodyAt: number

  constructor(channel: string) {
    const payload = `{"t":"send","id":${ID_BASE},"channel":"${channel}","cid":"${BLANK_CID}","body":"${BLANK_BODY}"}`
    this.#bytes = clientFrame(payload)
    this.#idAt = this.#bytes.indexOf(`${ID_BASE}`)
    this.#cidAt = this.#bytes.indexOf(BLANK_CID)
    this.#bodyAt = this.#bytes.indexOf(BLANK_BODY)
  }

  get length(): number {
    return this.#bytes.length
  }

  /** Writes the frame of message `number` at `at`. */
  write(into: Buffer, at: number, number: number, timeHex: Buffer): void {
    into.set(this.#bytes, at)
    writeDigits(into, at + this.#idAt, ID_BASE + number)
    into.set(timeHex, at + this.#cidAt)
    writeDigits(into, at + this.#cidAt + CID_NUMBER_AT, number)
    writeDigits(into, at + this.#bodyAt + 1, number)
  }
}

/** The number of the message that a request's id stands for. */
export const messageOf = (id: number): number => id - ID_BASE

/** The beginning of a UUIDv7 at this time: `tttttttt-tttt`. */
export function uuidTime(ms: number): Buffer {
  const hex = Math.floor(ms).toString(16).padStart(12, '0')
  return Buffer.from(`${hex.slice(0, 8)}-${hex.slice(8)}`.slice(0, UUID_TIME_CHARS))
}
