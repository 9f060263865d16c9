import { type Json, parseFrame, text } from '../wire.ts'
import { Commands, errorFrame, type HttpWay } from './commands.ts'
import { HELLO_ID, type Hello, LOST, type TransportHandlers, UNAUTHENTICATED } from './transport.ts'

/** Answers of a server that doesn't have this way, or of something that isn't the server: not a word on `hello`. */
const NO_SUCH_WAY = new Set([404, 405, 426, 501])

/** What both transports over HTTP have: commands up, the session's name from `welcome`, one end. */
export abstract class HttpSession {
  readonly echoes = false
  readonly way: HttpWay
  readonly #handlers: TransportHandlers
  readonly closing = new AbortController()
  #commands: Commands | undefined

  constructor(way: HttpWay, handlers: TransportHandlers) {
    this.way = way
    this.#handlers = handlers
  }

  open(hello: Hello): void {
    this.#commands = new Commands(this.way, hello.token, {
      answer: (frame) => this.#handlers.frame(frame),
      failed: (code) => this.end(code),
    })
    // A page that goes offline, a proxy that hangs up: all of it is a connection lost.
    this.run(hello).catch(() => this.end(LOST))
  }

  send(frame: Json): void {
    this.#commands?.send(frame)
  }

  close(): void {
    this.closing.abort()
    this.#commands?.close()
  }

  /** Until the session ends. */
  protected abstract run(hello: Hello): Promise<void>

  protected heard(): void {
    if (!this.closing.signal.aborted) this.#handlers.heard()
  }

  protected took(frame: Json): void {
    if (this.closing.signal.aborted) return
    if (frame.t === 'welcome') this.#commands?.begin(text(frame.session) ?? '')
    if (frame.t === 'closed') return this.end(typeof frame.code === 'number' ? frame.code : LOST)
    this.#handlers.frame(frame)
  }

  protected end(code: number): void {
    if (this.closing.signal.aborted) return
    this.close()
    this.#handlers.end(code)
  }

  /** The server's own refusal is told as the frame that a WebSocket would have brought. */
  protected async refused(response: Response): Promise<void> {
    if (response.status === 401) return this.end(UNAUTHENTICATED)
    const body = parseFrame(await response.text())
    const error = NO_SUCH_WAY.has(response.status) ? undefined : errorFrame(response, body)
    if (error && !this.closing.signal.aborted) this.#handlers.frame({ ...error, id: HELLO_ID })
    this.end(LOST)
  }

  protected headers(token: string): Record<string, string> {
    return { authorization: `Bearer ${token}` }
  }
}
