import type { Limits, Store } from '../options.ts'
import { isJson, number, text } from '../wire.ts'
import { TransportChoice } from './choice.ts'
import { TRANSPORTS, type Transport, type TransportHandlers, type TransportName } from './transport.ts'
import { makeTransport, socketUrl, type Ways } from './ways.ts'
import { probeWebSocket } from './websocket.ts'

/** What worked so long ago says nothing of today's network. */
const MEMORY_MS = 24 * 3_600_000
const JITTER = 0.25

export interface RouteOptions {
  /** Where Weft answers. */
  readonly url: string
  readonly ways: Ways
  readonly transports: readonly TransportName[]
  readonly store: Store
  readonly limits: Limits
  readonly problem: (error: unknown) => void
}

/** Which way to the server is taken: remembers what worked, and looks for a better one while a lesser one is in use. */
export class Route {
  readonly #options: RouteOptions
  readonly #choice: TransportChoice
  #remembered: TransportName | undefined
  #climbTimer: ReturnType<typeof setTimeout> | undefined
  #probing: AbortController | undefined

  constructor(options: RouteOptions) {
    this.#options = options
    const { ways, transports } = options
    this.#choice = new TransportChoice(
      transports.filter((name) => name !== 'websocket' || ways.webSocket !== undefined),
      options.limits,
    )
  }

  get current(): TransportName {
    return this.#choice.current
  }

  /** How long to wait for `welcome`. */
  get welcomeMs(): number {
    const { connectTimeoutMs, fallbackTimeoutMs } = this.#options.limits
    return this.#choice.isLast ? connectTimeoutMs : Math.min(connectTimeoutMs, fallbackTimeoutMs)
  }

  async load(): Promise<void> {
    const value = await this.#options.store.get(this.#key)
    if (!isJson(value) || (number(value.at) ?? 0) < Date.now() - MEMORY_MS) return
    const name = TRANSPORTS.find((known) => known === text(value.name))
    if (name) this.#choice.take(name)
    this.#remembered = name
  }

  open(server: string, handlers: TransportHandlers): Transport {
    return makeTransport(this.#choice.current, server, this.#options.ways, handlers)
  }

  /** It got through. `move` ends the connection, so that the next one takes a better way. */
  welcomed(move: () => void): void {
    this.#choice.welcomed()
    if (this.#remembered !== this.#choice.current) this.#remember(this.#choice.current)
    this.#climbLater(move)
  }

  /** Nothing was heard of the server. True: go on at once, another way. */
  unreached(): boolean {
    return this.#choice.unreached()
  }

  /** The connection has ended; `cut`: without a word of either side. */
  ended(livedMs: number, cut: boolean): void {
    clearTimeout(this.#climbTimer)
    this.#probing?.abort()
    if (cut) this.#choice.lost(livedMs)
  }

  /** Another network. */
  anew(): void {
    this.#choice.anew()
  }

  get #key(): string {
    return `transport/${this.#options.url}`
  }

  #remember(name: TransportName): void {
    this.#remembered = name
    const value = { name, at: Date.now() }
    this.#options.store.write(new Map([[this.#key, value]])).catch(this.#options.problem)
  }

  #climbLater(move: () => void): void {
    clearTimeout(this.#climbTimer)
    if (this.#choice.better.length === 0) return
    const inMs = this.#choice.climbInMs * (1 + Math.random() * JITTER)
    this.#climbTimer = setTimeout(() => void this.#climb(move), inMs)
  }

  /** A WebSocket is asked beside the session; whether a stream passes unbuffered shows only when it carries the session. */
  async #climb(move: () => void): Promise<void> {
    const { better } = this.#choice
    const probing = new AbortController()
    this.#probing = probing
    const passes = better.includes('websocket') && (await this.#probe(probing.signal))
    if (probing.signal.aborted) return
    const next = passes ? 'websocket' : better.find((name) => name !== 'websocket')
    if (next === undefined) {
      this.#choice.stay()
      return this.#climbLater(move)
    }
    this.#choice.climb(next)
    move()
  }

  async #probe(signal: AbortSignal): Promise<boolean> {
    const { ways, url, limits } = this.#options
    if (!ways.webSocket) return false
    return await probeWebSocket(socketUrl(url) ?? url, ways.webSocket, limits.fallbackTimeoutMs, signal)
  }
}
