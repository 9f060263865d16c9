import { mintToken } from '../../support/tokens.ts'
import { Connection, type ConnectionHandler } from './connection.ts'
import type { Target } from './fleet.ts'
import { LiveRecords } from './live-records.ts'
import type { OtherFrame } from './server-frames.ts'
import { clientFrame } from './websocket.ts'

const PONG_FRAME = clientFrame('{"t":"pong"}')

/** A session that has one channel open. */
export class Listener implements ConnectionHandler {
  readonly records = new LiveRecords()
  readonly #connection: Connection
  readonly #hello: Buffer
  readonly #open: Buffer
  readonly #opened: () => void
  readonly #failed: (error: Error) => void

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
    if (!this.records.take(bytes, start, end)) this.#other(JSON.parse(bytes.toString('utf8', start, end)))
  }

  closed(why: string): void {
    this.records.fault ??= why
    this.#failed(new Error(why))
  }

  #other(frame: OtherFrame): void {
    if (frame.t === 'ping') this.#connection.queue(PONG_FRAME)
    else if (frame.t === 'welcome') this.#connection.queue(this.#open)
    else if (frame.t === 'ok') {
      this.records.openedAt(Number(frame['rev']))
      this.#opened()
    } else if (frame.t === 'error') this.closed(JSON.stringify(frame))
  }
}
