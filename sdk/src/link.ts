import { Backoff, sleep } from './backoff.ts'
import { CLOSE_RULES, closeRule } from './close-codes.ts'
import { Connection, NORMAL, SILENT } from './connection.ts'
import { toError, WeftError } from './errors.ts'
import type { Tokens } from './http.ts'
import type { Limits } from './options.ts'
import type { Route } from './transport/route.ts'
import type { Hello } from './transport/transport.ts'
import { parseUrl } from './transport/ways.ts'
import type { ConnectionState, StopReason } from './types.ts'
import { type Json, number, type Welcome } from './wire.ts'

export interface LinkOptions {
  /** Where Weft answers. */
  readonly url: string
  readonly route: Route
  readonly limits: Limits
  readonly tokens: Tokens
  /** What `hello` says besides the token. */
  hello(): Omit<Hello, 'token'>
  state(state: ConnectionState): void
  up(connection: Connection, welcome: Welcome): void
  frame(frame: Json): void
  down(): void
  /** `hello` was refused for what it said, not for the token. */
  refused(error: WeftError): void
}

interface Ended {
  readonly code: number
  readonly livedMs: number
  readonly refused?: WeftError
  readonly moved?: boolean
}

/** With a fresh token refused so often in a row, only logging in again helps. */
const AUTH_ATTEMPTS = 2
const MAX_DRAIN_S = 120

/** Stays connected: one attempt after the other, until stopped or told for good. */
export class Link {
  readonly #options: LinkOptions
  readonly #backoff: Backoff
  #stopping: AbortController | undefined
  #waiting: AbortController | undefined
  #connection: Connection | undefined
  #running: Promise<void> = Promise.resolve()
  /** Where a draining edge sent us; best first. */
  #edges: string[] = []
  #moving = false
  #drainTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.limits.backoffBaseMs, options.limits.backoffMaxMs)
  }

  start(): void {
    if (this.#stopping) return this.wake()
    this.#stopping = new AbortController()
    const { signal } = this.#stopping
    this.#running = this.#running.then(() => this.#run(signal))
  }

  stop(reason: StopReason = 'stopped'): void {
    this.#halt({ status: 'stopped', reason })
  }

  /** Ends a wait between attempts; while there is no connection, what was known of the ways is forgotten. */
  wake(): void {
    this.#backoff.reset()
    if (this.#connection === undefined) this.#options.route.anew()
    this.#waiting?.abort()
  }

  /** Gives the connection up: the machine is offline, or the server didn't do what it should. A new one resumes. */
  restart(): void {
    this.#connection?.close()
  }

  drain(frame: Json): void {
    const { edges } = frame
    const found = Array.isArray(edges) ? edges.filter((edge) => typeof edge === 'string') : []
    const secure = this.#options.url.startsWith('https:')
    this.#edges = found.filter(
      (edge) => parseUrl(edge) !== undefined && (!secure || /^(wss|https):/.test(edge)),
    )
    const inMs = Math.min(Math.max(0, number(frame.in) ?? 0), MAX_DRAIN_S) * 1000
    clearTimeout(this.#drainTimer)
    this.#drainTimer = setTimeout(() => this.#move(), inMs)
  }

  /** On to another edge, or another way, without a wait between. */
  #move(): void {
    this.#moving = true
    this.#connection?.close()
  }

  #halt(state: ConnectionState): void {
    this.#stopping?.abort()
    this.#stopping = undefined
    this.#connection?.close()
    this.#options.state(state)
  }

  async #run(signal: AbortSignal): Promise<void> {
    let stale: string | undefined
    let refusals = 0
    this.#backoff.reset()
    while (!signal.aborted) {
      this.#options.state({ status: 'connecting' })
      let problem: WeftError
      let atLeastMs = 0
      try {
        const token = await this.#options.tokens.get(stale)
        if (signal.aborted) return
        const ended = await this.#connect(token)
        if (signal.aborted) return
        const rule = closeRule(ended.code)
        problem = ended.refused ?? new WeftError('offline', rule.why)
        if (rule.fatal) return this.#halt({ status: 'stopped', reason: rule.fatal, problem })
        if (rule.refresh || ended.refused?.code === 'unauthenticated') {
          stale = token
          // Welcomed, the token was good, and has run out since; only one that is refused at once counts.
          refusals = ended.livedMs > 0 ? 0 : refusals + 1
          if (refusals >= AUTH_ATTEMPTS) throw new WeftError('unauthenticated', 'the token is refused')
          if (refusals > 0 || ended.livedMs >= this.#options.limits.backoffResetMs) continue
        } else {
          refusals = 0
          if (ended.refused) this.#options.refused(ended.refused)
        }
        if (ended.livedMs >= this.#options.limits.backoffResetMs) this.#backoff.reset()
        if (ended.moved) continue
        const unheard = ended.livedMs === 0 && !ended.refused && !isTold(ended.code)
        if (unheard && this.#options.route.unreached()) continue
        atLeastMs = Math.max(rule.minDelayMs ?? 0, (ended.refused?.retryAfter ?? 0) * 1000)
      } catch (thrown) {
        if (signal.aborted) return
        problem =
          thrown instanceof WeftError
            ? thrown
            : new WeftError('offline', toError(thrown).message, { cause: thrown })
        if (problem.code === 'unauthenticated') {
          return this.#halt({ status: 'stopped', reason: 'unauthenticated', problem })
        }
      }
      const waitMs = this.#backoff.nextMs(atLeastMs)
      this.#options.state({ status: 'offline', retryAt: Date.now() + waitMs, problem })
      this.#waiting = new AbortController()
      await sleep(waitMs, signal, this.#waiting.signal)
    }
  }

  #connect(token: string): Promise<Ended> {
    const { limits, route } = this.#options
    const url = this.#edges.shift() ?? this.#options.url
    return new Promise((resolve) => {
      let upAt: number | undefined
      let refused: WeftError | undefined
      const connection = new Connection({
        transport: (handlers) => route.open(url, handlers),
        welcomeMs: route.welcomeMs,
        limits,
        hello: { token, ...this.#options.hello() },
        handlers: {
          welcome: (welcome) => {
            upAt = performance.now()
            route.welcomed(() => this.#move())
            this.#options.up(connection, welcome)
          },
          refused: (error) => {
            refused = error
            connection.close()
          },
          frame: (frame) => this.#options.frame(frame),
          closed: (code) => {
            clearTimeout(this.#drainTimer)
            this.#connection = undefined
            if (upAt !== undefined) this.#options.down()
            const moved = this.#moving
            this.#moving = false
            const livedMs = upAt === undefined ? 0 : Math.max(1, performance.now() - upAt)
            if (upAt !== undefined) route.ended(livedMs, !moved && code !== NORMAL && !isTold(code))
            resolve({ code, livedMs, moved, ...(refused ? { refused } : {}) })
          },
        },
      })
      this.#connection = connection
    })
  }
}

/** The server said why it ended the connection. */
const isTold = (code: number) => code !== SILENT && code in CLOSE_RULES
