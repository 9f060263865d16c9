import { mintToken } from '../../support/tokens.ts'
import { Connection, type ConnectionHandler } from './connection.ts'
import type { Target } from './fleet.ts'
import type { OtherFrame } from './server-frames.ts'
import { BODY_BYTES, readStamp } from './stamp.ts'
import { clientFrame } from './websocket.ts'

const LIVE = Buffer.from('{"t":"event","rev":')
/** From a live frame's end to its body: the body, a quotation mark and two braces. */
const BODY_FROM_END = BODY_BYTES + 3
const ZERO = 0x30
const NINE = 0x39
const PONG_FRAME = clientFrame('{"t":"pong"}')

/** A session that has one channel open and checks that its records come without a hole, each once. */
export class Listener implements ConnectionHandler {
  /** Messages that came live. */
  received = 0
  /** What was wrong first, if anything. */
  fault: string | null = null
  readonly #connection: Connection
  readonly #hello: Buffer
  readonly #open: Buffer
  readonly #opened: () => void
  readonly #failed: (error: Error) => void
  #rev = -1

  private constructor(
    { address, secret }: Target,
    user: string,
    channel: string,
    opened: () => void,
    failed: (error: Error) => void,
  ) {
    const hello = { t: 'hello', id: 1, token: mintToken(secret, user), device: 'bench' }
    this.#hello = clientFrame(JSON.stringify(hello))
    this.#open = clientFrame(JSON.stringify({ t: 'open', id: 2, channel }))
    this.#opened = opened
    this.#failed = failed
    this.#connection = new Connection(address, '/v1/ws', this)
  }

  /** Resolves once the channel is open. */
  static open(target: Target, user: string, channel: string): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const listener: Listener = new Listener(target, user, channel, () => resolve(listener), reject)
    })
  }

  cut(): void {
    this.#connection.cut()
  }

  opened(): void {
    this.#connection.queue(this.#hello)
  }

  text(bytes: Buffer, start: number, end: number): void {
    if (!isLive(bytes, start, end)) return this.#other(JSON.parse(bytes.toString('utf8', start, end)))
    let rev = 0
    for (let at = start + LIVE.length; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte < ZERO || byte > NINE) break
      rev = rev * 10 + byte - ZERO
    }
    if (rev !== this.#rev + 1) this.fault ??= `record ${rev} came after ${this.#rev}`
    this.#rev = rev
    if (readStamp(bytes, end - BODY_FROM_END) >= 0) this.received++
  }

  closed(why: string): void {
    this.fault ??= why
    this.#failed(new Error(why))
  }

  #other(frame: OtherFrame): void {
    if (frame.t === 'ping') this.#connection.queue(PONG_FRAME)
    else if (frame.t === 'welcome') this.#connection.queue(this.#open)
    else if (frame.t === 'ok') {
      this.#rev = Number(frame['rev'])
      this.#opened()
    } else if (frame.t === 'error') this.closed(JSON.stringify(frame))
  }
}

function isLive(bytes: Buffer, start: number, end: number): boolean {
  if (start + LIVE.length > end) return false
  for (let i = 0; i < LIVE.length; i++) if (bytes[start + i] !== LIVE[i]) return false
  return true
}
