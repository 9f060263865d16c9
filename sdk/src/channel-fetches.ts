import { Backoff, sleep } from './backoff.ts'
import type { ChannelBook } from './channel-book.ts'
import { fetchChannel, fetchHistory, fetchReceipts, takeSnapshot } from './directory.ts'
import { WeftError } from './errors.ts'
import type { Http } from './http.ts'
import type { Limits } from './options.ts'
import type { Channel, ChannelId, Cursor } from './types.ts'

/** Channels whose newest message is fetched after a snapshot that came without. */
const LAST_FETCHES = 100
const LAST_AT_ONCE = 4

export interface FetchActions {
  /** Ends with the connection that the work is for; aborted while there is none. */
  session(): AbortSignal
  problem(error: unknown): void
  /** The token was refused: connect again with a new one. */
  reauthenticate(): void
}

/** What the channel book can't know from events is asked for over HTTP, again and again while the connection lasts. */
export class ChannelFetches {
  readonly #http: Http
  readonly #limits: Limits
  readonly #book: ChannelBook
  readonly #actions: FetchActions
  /** Channels to ask the server for, and which of them a loop is asking for now. */
  readonly #asking = new Map<ChannelId, 'once' | 'again'>()
  readonly #running = new Set<ChannelId>()

  constructor(http: Http, limits: Limits, book: ChannelBook, actions: FetchActions) {
    this.#http = http
    this.#limits = limits
    this.#book = book
    this.#actions = actions
  }

  /** The questions that the connection before left open. */
  up(): void {
    for (const id of this.#asking.keys()) void this.ask(id)
  }

  clear(): void {
    this.#asking.clear()
  }

  /** `undefined` if the connection ended before it was there. */
  async snapshot(): Promise<{ cursor: Cursor; channels: Channel[] } | undefined> {
    const signal = this.#actions.session()
    const backoff = this.#backoff()
    while (!signal.aborted) {
      try {
        const taken = await takeSnapshot(this.#http)
        return signal.aborted ? undefined : taken
      } catch (error) {
        const problem = error instanceof WeftError ? error : undefined
        if (!problem?.shouldRetry()) this.#actions.problem(error)
        if (problem?.code === 'unauthenticated') {
          this.#actions.reauthenticate()
          return undefined
        }
        await sleep(backoff.nextMs(waitOf(error)), signal)
      }
    }
    return undefined
  }

  /** The list shows each channel's newest message; a snapshot needn't bring it. */
  async newestMessages(): Promise<void> {
    const signal = this.#actions.session()
    const bare = [...this.#book.records.values()]
      .filter(({ base, head }) => head > 0 && base.last === undefined)
      .slice(0, LAST_FETCHES)
    const worker = async () => {
      for (let record = bare.shift(); record && !signal.aborted; record = bare.shift()) {
        const page = await fetchHistory(this.#http, record.base.id, { limit: 1 })
        const newest = page.items.at(-1)
        if (newest) this.#book.message(newest)
      }
    }
    try {
      await Promise.all(Array.from({ length: LAST_AT_ONCE }, worker))
    } catch (error) {
      // It is for show alone: the next message, or the next snapshot, brings it.
      if (!(error instanceof WeftError)) this.#actions.problem(error)
    }
  }

  /** How far others have got in a channel that is shown: receipts that came before this device had it came to others. */
  async receipts(id: ChannelId): Promise<void> {
    // Where messages are read, there are none.
    if (this.#book.records.get(id)?.base.fanout === 'read') return
    try {
      this.#book.marks(id, await fetchReceipts(this.#http, id))
    } catch (error) {
      // For show alone too: the next receipt says more.
      if (!(error instanceof WeftError)) this.#actions.problem(error)
    }
  }

  /** Asks for one channel in full; equal questions become one, and one that came meanwhile is asked after it. */
  async ask(id: ChannelId): Promise<void> {
    this.#asking.set(id, this.#running.has(id) ? 'again' : 'once')
    const signal = this.#actions.session()
    if (this.#running.has(id) || signal.aborted) return
    this.#running.add(id)
    const backoff = this.#backoff()
    while (!signal.aborted) {
      const waitMs = await this.#askOnce(id)
      if (waitMs === undefined) break
      await sleep(backoff.nextMs(waitMs), signal)
    }
    this.#running.delete(id)
    // Its connection ended, or another question came in between.
    if (this.#asking.has(id)) void this.ask(id)
  }

  /** How long to wait at least before it is asked again; `undefined` if it needn't be. */
  async #askOnce(id: ChannelId): Promise<number | undefined> {
    try {
      const channel = await fetchChannel(this.#http, id)
      this.#book.put(channel)
      if (channel.head > 0 && this.#book.records.get(id)?.base.last === undefined) void this.newestMessages()
      if (this.#asking.get(id) === 'again') this.#asking.set(id, 'once')
      else this.#asking.delete(id)
    } catch (error) {
      if (error instanceof WeftError && error.shouldRetry()) return waitOf(error)
      this.#asking.delete(id)
      if (error instanceof WeftError && (error.code === 'not_found' || error.code === 'forbidden'))
        this.#book.remove(id)
      else this.#actions.problem(error)
    }
    return undefined
  }

  #backoff(): Backoff {
    return new Backoff(this.#limits.backoffBaseMs, this.#limits.backoffMaxMs)
  }
}

/** What the server asked for; the network's own failures have only the back-off. */
export function waitOf(error: unknown): number {
  const asked = error instanceof WeftError && (error.code === 'unavailable' || error.code === 'rate_limited')
  return asked ? (error.retryAfter ?? 0) * 1000 : 0
}
