import { type Address, Connection, type ConnectionHandler } from './connection.ts'
import { SendFrame, uuidTime } from './send-frame.ts'
import { readStamp } from './stamp.ts'

/** From a send frame's end to its body: the body, a quotation mark and a brace. */
const BODY_FROM_END = 128 + 2

/** The closed loop of the yardstick: frames of the same size, no session and no book-keeping but counts. */
export class RawClient implements ConnectionHandler {
  received = 0
  /** Own frames that came back. */
  returned = 0
  readonly #connection: Connection
  readonly #frame = new SendFrame(`d${'0'.repeat(43)}`)
  readonly #time = uuidTime(Date.now())
  readonly #depth: number
  readonly #index: number
  readonly #open: () => void
  #isSending = false

  private constructor(address: Address, path: string, index: number, depth: number, open: () => void) {
    this.#index = index
    this.#depth = depth
    this.#open = open
    this.#connection = new Connection(address, path, this)
  }

  /** `depth`: frames that it keeps under way once it is started; 0 = it only listens. */
  static open(address: Address, path: string, index: number, depth: number): Promise<RawClient> {
    return new Promise((resolve) => {
      const client: RawClient = new RawClient(address, path, index, depth, () => resolve(client))
    })
  }

  start(): void {
    this.#isSending = this.#depth > 0
    for (let i = 0; i < this.#depth; i++) this.#send()
    this.#connection.flush()
  }

  stop(): void {
    this.#isSending = false
  }

  cut(): void {
    this.#connection.cut()
  }

  opened(): void {
    this.#open()
  }

  text(bytes: Buffer, _start: number, end: number): void {
    this.received++
    if (readStamp(bytes, end - BODY_FROM_END) !== this.#index) return
    this.returned++
    if (this.#isSending) this.#send()
  }

  closed(why: string): void {
    throw new Error(`the yardstick's connection ${this.#index}: ${why}`)
  }

  #send(): void {
    const bytes = Buffer.allocUnsafe(this.#frame.length)
    this.#frame.write(bytes, 0, this.#index, this.#time)
    this.#connection.queue(bytes)
  }
}
