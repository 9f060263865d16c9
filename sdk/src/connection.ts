import { errorFromWire, WeftError } from './errors.ts'
import { SUBPROTOCOL } from './limits.ts'
import type { Limits, Socket, SocketConstructor } from './options.ts'
import { isJson, type Json, parseWelcome, type Welcome } from './wire.ts'

/** How a request ended: the answer frame, or why there is none. */
export type Answer = { readonly ok: Json } | { readonly error: WeftError }

export interface Hello {
  readonly token: string
  readonly device: string
  readonly cursor?: string
}

export interface ConnectionHandlers {
  welcome(welcome: Welcome): void
  /** The server refused `hello`; it will close. */
  refused(error: WeftError): void
  /** Frames that aren't answers: events, synced, reset, drain, and kinds that this version doesn't know. */
  frame(frame: Json): void
  /** Once, whatever the reason. Every open request has been answered with `offline` before. */
  closed(code: number): void
}

export interface ConnectionOptions {
  readonly url: string
  readonly webSocket: SocketConstructor
  readonly limits: Limits
  readonly hello: Hello
  readonly handlers: ConnectionHandlers
}

/** Own close code for a peer that was silent too long: nothing says it on the wire. */
const SILENT = 4408
const OPEN = 1
const TICK_MS = 1_000

type Pending = { readonly t: unknown; readonly since: number; readonly done: (answer: Answer) => void }

/** One WebSocket from opening to close: numbers requests, keeps it alive, notices when it isn't. */
export class Connection {
  readonly #socket: Socket
  readonly #limits: Limits
  readonly #handlers: ConnectionHandlers
  readonly #pending = new Map<number, Pending>()
  readonly #openedAt = performance.now()
  readonly #timer: ReturnType<typeof setInterval>
  #nextId = 1
  #heartbeatMs: number | undefined
  #heardAt = performance.now()
  #saidAt = performance.now()
  #pingedAt: number | undefined
  #closed = false

  constructor(options: ConnectionOptions) {
    this.#limits = options.limits
    this.#handlers = options.handlers
    const socket = new options.webSocket(options.url, [SUBPROTOCOL])
    this.#socket = socket
    socket.onopen = () => this.#hello(options.hello)
    socket.onmessage = (event: { data: unknown }) => this.#receive(event.data)
    socket.onclose = (event: { code: number }) => this.#end(event.code)
    // A close event follows every error event; it is what is acted on.
    socket.onerror = () => {}
    const tickMs = Math.max(
      5,
      Math.min(TICK_MS, this.#limits.requestTimeoutMs / 4, this.#limits.connectTimeoutMs / 4),
    )
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** `done` is called at most once: with the answer, or with `offline` when the connection ends first. */
  request(frame: Json, done: (answer: Answer) => void): void {
    const id = this.#nextId++
    if (this.#closed) return done({ error: new WeftError('offline', 'the connection has ended') })
    this.#pending.set(id, { t: frame.t, since: performance.now(), done })
    this.notify({ ...frame, id })
  }

  /** Sends what has no answer; without effect once the socket isn't open. */
  notify(frame: Json): void {
    if (this.#closed || this.#socket.readyState !== OPEN) return
    this.#saidAt = performance.now()
    this.#socket.send(JSON.stringify(frame))
  }

  /** Ends it now: the socket's own close handshake may take long over a dead network, and isn't waited for. */
  close(code = 1000): void {
    if (this.#closed) return
    // 1000 and 3000–4999 are what a browser lets a page send.
    this.#socket.close(code === SILENT ? 1000 : code)
    this.#end(code)
  }

  #hello(hello: Hello): void {
    this.request({ t: 'hello', ...hello }, (answer) => {
      if ('error' in answer) {
        if (answer.error.code !== 'offline') this.#handlers.refused(answer.error)
        return
      }
      const welcome = parseWelcome(answer.ok)
      if (!welcome) return this.close()
      this.#heartbeatMs = welcome.heartbeatMs
      this.#handlers.welcome(welcome)
    })
  }

  #receive(data: unknown): void {
    if (this.#closed || typeof data !== 'string') return
    this.#heardAt = performance.now()
    this.#pingedAt = undefined
    const frame = parseFrame(data)
    if (!frame) return
    switch (frame.t) {
      case 'ping':
        return this.notify({ t: 'pong', ...(frame.id === undefined ? {} : { id: frame.id }) })
      case 'pong':
        return
      case 'welcome':
      case 'ack':
      case 'ok':
        return this.#settle(frame.id, { ok: frame })
      case 'error':
        return this.#settle(frame.id, { error: errorFromWire(frame.code, frame.message, frame.retry_after) })
      case 'synced':
      case 'reset':
        this.#syncAnswered()
        return this.#handlers.frame(frame)
      default:
        this.#handlers.frame(frame)
    }
  }

  /** The answer to `sync` is `synced` or `reset`, which need not carry its number. */
  #syncAnswered(): void {
    for (const [id, { t }] of this.#pending) if (t === 'sync') this.#pending.delete(id)
  }

  #settle(id: unknown, answer: Answer): void {
    if (typeof id !== 'number') return
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.done(answer)
  }

  #tick(): void {
    const now = performance.now()
    if (this.#heartbeatMs === undefined) {
      if (now - this.#openedAt > this.#limits.connectTimeoutMs) this.close(SILENT)
      return
    }
    for (const { t, since } of this.#pending.values()) {
      // A long replay is an answer on its way.
      const waitedMs = now - (t === 'sync' ? Math.max(since, this.#heardAt) : since)
      if (waitedMs > this.#limits.requestTimeoutMs) return this.close(SILENT)
    }
    const silentMs = now - this.#heardAt
    // A tab that slept wakes up to a long silence of its own making: it asks before it gives up.
    if (
      this.#pingedAt !== undefined &&
      now - this.#pingedAt >= this.#heartbeatMs &&
      silentMs >= 2 * this.#heartbeatMs
    ) {
      return this.close(SILENT)
    }
    const quietMs = Math.max(silentMs, now - this.#saidAt)
    if (quietMs >= this.#heartbeatMs && this.#pingedAt === undefined) {
      this.#pingedAt = now
      this.notify({ t: 'ping' })
    }
  }

  #end(code: number): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    const error = new WeftError('offline', 'the connection ended before the answer')
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { done } of pending) done({ error })
    this.#handlers.closed(code)
  }
}

/** A frame that can't be read is passed over: newer servers may say what this version doesn't know. */
function parseFrame(data: string): Json | undefined {
  try {
    const frame: unknown = JSON.parse(data)
    return isJson(frame) ? frame : undefined
  } catch {
    return undefined
  }
}
