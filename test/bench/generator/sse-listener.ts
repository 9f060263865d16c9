import { connect, type Socket } from 'node:net'
import { mintToken } from '../../support/tokens.ts'
import type { Target } from './fleet.ts'
import { LiveRecords } from './live-records.ts'

const READ_BYTES = 256 * 1024
/** One for all sockets: what was read is used up before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)
const DATA = Buffer.from('data: ')
const NEWLINE = 0x0a

/**
 * As `Listener`, over an event stream. Of HTTP it reads as little as will do: lines that begin with `data: `. What else
 * there is (headers, sizes of chunks) stands in lines of its own, since the edge writes whole events into a chunk.
 */
export class SseListener {
  readonly records = new LiveRecords()
  readonly #socket: Socket
  readonly #welcomed: (session: string) => void
  readonly #failed: (error: Error) => void
  #rest = Buffer.alloc(0)
  #isCut = false

  private constructor(
    { address, secret }: Target,
    user: string,
    welcomed: (session: string) => void,
    failed: (error: Error) => void,
  ) {
    this.#welcomed = welcomed
    this.#failed = failed
    const callback = (length: number) => {
      this.#read(readBuffer.subarray(0, length))
      return true
    }
    this.#socket = connect({ ...address, noDelay: true, onread: { buffer: readBuffer, callback } })
    this.#socket.on('connect', () => {
      this.#socket.write(
        `GET /v1/events?device=bench HTTP/1.1\r\nhost: ${address.host}\r\n` +
          `authorization: Bearer ${mintToken(secret, user)}\r\n\r\n`,
      )
    })
    this.#socket.on('error', (error) => this.#close(error.message))
    this.#socket.on('close', () => this.#close('the stream ended'))
  }

  /** Resolves once the channel is open. */
  static async open(target: Target, user: string, channel: string): Promise<SseListener> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const listener = new SseListener(target, user, resolve, reject)
    const session = await promise
    const { host, port } = target.address
    const response = await fetch(`http://${host}:${port}/v1/commands?device=bench`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${mintToken(target.secret, user)}`,
        'content-type': 'application/json',
        'weft-session': session,
      },
      body: JSON.stringify({ t: 'open', id: 1, channel }),
    })
    const answer = (await response.json()) as { t: string; rev?: number }
    if (answer.t !== 'ok') throw new Error(`the channel was not opened: ${JSON.stringify(answer)}`)
    listener.records.openedAt(Number(answer.rev))
    return listener
  }

  cut(): void {
    this.#isCut = true
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      if (end - start > DATA.length && DATA.compare(bytes, start, start + DATA.length) === 0)
        this.#frame(bytes, start + DATA.length, end)
      start = end + 1
    }
    this.#rest = Buffer.from(bytes.subarray(start))
  }

  #frame(bytes: Buffer, start: number, end: number): void {
    if (this.records.take(bytes, start, end)) return
    const frame = JSON.parse(bytes.toString('utf8', start, end)) as { t: string; session?: string }
    if (frame.t === 'welcome' && frame.session !== undefined) this.#welcomed(frame.session)
    else if (frame.t === 'closed' || frame.t === 'error') this.#close(JSON.stringify(frame))
  }

  #close(why: string): void {
    if (this.#isCut) return
    this.cut()
    this.records.fault ??= why
    this.#failed(new Error(why))
  }
}
