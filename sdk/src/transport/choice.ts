import type { TransportName } from './transport.ts'

export interface ChoiceLimits {
  /** A connection that lasts so long holds; shorter ones, again and again, mean that something on the way cuts them. */
  readonly steadyMs: number
  /** After so long on a lesser transport a better one is tried; doubles each time that it doesn't hold. */
  readonly climbMs: number
  readonly climbMaxMs: number
}

/** So many connections in a row that were welcomed and cut soon after, and the next transport is taken. */
const CUTS = 3

/**
 * Which transport the next connection takes. Those that don't get through are passed over, each once, before there is a
 * wait; the one that did is where the next connection begins. Does no I/O.
 */
export class TransportChoice {
  readonly #available: readonly TransportName[]
  readonly #limits: ChoiceLimits
  /** The one that got through last, or is to be tried first. */
  #home = 0
  #at = 0
  /** Of this round. */
  #tried = 0
  #cuts = 0
  /** Came here by climbing, and hasn't proved to hold yet. */
  #climbed = false
  #climbs = 0

  constructor(available: readonly TransportName[], limits: ChoiceLimits) {
    this.#available = available
    this.#limits = limits
  }

  get current(): TransportName {
    return this.#available[this.#at] ?? 'websocket'
  }

  /** The better ones than the current, best first. */
  get better(): readonly TransportName[] {
    return this.#available.slice(0, this.#at)
  }

  get isLast(): boolean {
    return this.#at === this.#available.length - 1
  }

  /** How long to stay on a lesser transport before a better one is tried. */
  get climbInMs(): number {
    return Math.min(this.#limits.climbMaxMs, this.#limits.climbMs * 2 ** Math.min(this.#climbs, 20))
  }

  /** The next connection takes this one: it worked before, or there is reason to think that it works now. */
  take(name: TransportName): void {
    const index = this.#available.indexOf(name)
    if (index < 0) return
    this.#at = index
    this.#tried = 0
    this.#cuts = 0
  }

  /** A better one is tried; if it fails, the next round begins where we are. */
  climb(name: TransportName): void {
    this.#climbs += 1
    this.#climbed = true
    this.take(name)
  }

  /** A better one was asked and didn't answer. */
  stay(): void {
    this.#climbs += 1
  }

  /** Another network: what was found out about the one before is worth nothing. */
  anew(): void {
    this.#home = 0
    this.#climbs = 0
    this.#climbed = false
    this.take(this.#available[0] ?? 'websocket')
  }

  welcomed(): void {
    this.#home = this.#at
    this.#tried = 0
  }

  /** Nothing was heard of the server. True: go on at once, with another transport. */
  unreached(): boolean {
    this.#climbed = false
    this.#tried += 1
    const more = this.#tried < this.#available.length
    if (!more) this.#tried = 0
    this.#at = more ? (this.#at + 1) % this.#available.length : this.#home
    return more
  }

  /** A connection that had been welcomed was lost without a word of the server's. */
  lost(livedMs: number): void {
    if (livedMs >= this.#limits.steadyMs) {
      this.#cuts = 0
      this.#climbed = false
      if (this.#at === 0) this.#climbs = 0
      return
    }
    this.#cuts += 1
    if (this.#cuts < (this.#climbed ? 1 : CUTS) || this.isLast) return
    this.#climbed = false
    this.#cuts = 0
    this.#at += 1
    this.#home = this.#at
  }
}
