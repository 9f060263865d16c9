import { errorFromWire, WeftError } from './errors.ts'
import type { Limits } from './options.ts'
import { HELLO_ID, type Hello, type Transport, type TransportFactory } from './transport/transport.ts'
import { type Json, parseWelcome, type Welcome } from './wire.ts'

/** How a request ended: the answer frame, or why there is none. */
export type Answer = { readonly ok: Json } | { readonly error: WeftError }

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
  readonly transport: TransportFactory
  /** From the beginning to `welcome`. */
  readonly welcomeMs: number
  readonly limits: Limits
  readonly hello: Hello
  readonly handlers: ConnectionHandlers
}

/** Own close code for a peer that was silent too long: nothing says it on the wire. */
export const SILENT = 4408
/** Ended by this side, on purpose. */
export const NORMAL = 1000
const TICK_MS = 1_000

type Pending = { readonly t: unknown; readonly since: number; readonly done: (answer: Answer) => void }

/** One session from opening to close, over any transport: numbers requests, keeps it alive, notices when it isn't. */
export class Connection {
  readonly #transport: Transport
  readonly #limits: Limits
  readonly #welcomeMs: number
  readonly #handlers: ConnectionHandlers
  readonly #pending = new Map<number, Pending>()
  readonly #openedAt = performance.now()
  readonly #timer: ReturnType<typeof setInterval>
  #nextId = HELLO_ID + 1
  #heartbeatMs: number | undefined
  #heardAt = performance.now()
  #saidAt = performance.now()
  #pingedAt: number | undefined
  #closed = false

  constructor(options: ConnectionOptions) {
    this.#limits = options.limits
    this.#welcomeMs = options.welcomeMs
    this.#handlers = options.handlers
    this.#transport = options.transport({
      heard: () => this.#heard(),
      frame: (frame) => this.#receive(frame),
      end: (code) => this.#end(code),
    })
    const tickMs = Math.max(5, Math.min(TICK_MS, this.#limits.requestTimeoutMs / 4, this.#welcomeMs / 4))
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#transport.open(options.hello)
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

  /** Sends what has no answer; without effect once the connection has ended. */
  notify(frame: Json): void {
    if (this.#closed) return
    this.#saidAt = performance.now()
    this.#transport.send(frame)
  }

  /** Ends it now: a close handshake may take long over a dead network, and isn't waited for. */
  close(code = NORMAL): void {
    if (this.#closed) return
    this.#transport.close(code === SILENT ? NORMAL : code)
    this.#end(code)
  }

  #heard(): void {
    this.#heardAt = performance.now()
    this.#pingedAt = undefined
  }

  #welcome(frame: Json): void {
    const welcome = parseWelcome(frame)
    if (!welcome) return this.close()
    this.#heartbeatMs = welcome.heartbeatMs
    this.#handlers.welcome(welcome)
  }

  #receive(frame: Json): void {
    if (this.#closed) return
    switch (frame.t) {
      case 'ping':
        // Where events come over HTTP, that they are read is what the server sees.
        if (!this.#transport.echoes) return
        return this.notify({ t: 'pong', ...(frame.id === undefined ? {} : { id: frame.id }) })
      case 'pong':
        return
      case 'welcome':
        return this.#welcome(frame)
      case 'ack':
      case 'ok':
        return this.#settle(frame.id, { ok: frame })
      case 'error':
        return this.#failed(frame.id, errorFromWire(frame.code, frame.message, frame.retry_after))
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

  #failed(id: unknown, error: WeftError): void {
    if (this.#heartbeatMs === undefined && id === HELLO_ID) this.#handlers.refused(error)
    else this.#settle(id, { error })
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
      if (now - this.#openedAt > this.#welcomeMs) this.close(SILENT)
      return
    }
    for (const { t, since } of this.#pending.values()) {
      // A long replay is an answer on its way.
      const waitedMs = now - (t === 'sync' ? Math.max(since, this.#heardAt) : since)
      if (waitedMs > this.#limits.requestTimeoutMs) return this.close(SILENT)
    }
    const silentMs = now - this.#heardAt
    const heartbeatMs = this.#heartbeatMs + this.#transport.restMs
    // A tab that slept wakes up to a long silence of its own making: it asks before it gives up.
    if (this.#pingedAt !== undefined && now - this.#pingedAt >= heartbeatMs && silentMs >= 2 * heartbeatMs) {
      return this.close(SILENT)
    }
    const quietMs = Math.max(silentMs, now - this.#saidAt)
    if (quietMs >= heartbeatMs && this.#pingedAt === undefined) {
      this.#pingedAt = now
      if (this.#transport.echoes) this.notify({ t: 'ping' })
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
