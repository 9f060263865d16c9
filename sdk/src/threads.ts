import { Backoff, sleep } from './backoff.ts'
import { waitOf } from './channel-fetches.ts'
import { WeftError } from './errors.ts'
import type { WeftEvent } from './events.ts'
import { type Http, part } from './http.ts'
import { fetchPage } from './pages.ts'
import {
  countUnread,
  parseThread,
  rebase,
  type ThreadRecord,
  threadOf,
  withChange,
  withRead,
  withReply,
} from './thread-record.ts'
import type { ChannelId, Message, Thread, ThreadPage, ThreadQuery, UserId } from './types.ts'
import { isJson } from './wire.ts'

/** Threads kept in step; those fetched or heard of for longest are forgotten. */
const KNOWN_MAX = 500
/** Replies, and marks, remembered for answers that were made before they came. */
const RECENT_MAX = 200
/** Replies counted one by one since the server's answer; past it the thread is asked for anew. */
const HEARD_MAX = 500

export interface ThreadActions {
  readonly http: Http
  readonly limits: { readonly backoffBaseMs: number; readonly backoffMaxMs: number }
  me(): UserId | undefined
  changed(threads: readonly Thread[]): void
  problem(error: unknown): void
}

const keyOf = (channel: ChannelId, thread: number) => `${channel}/${thread}`

/** The threads that this tab has fetched, kept true by events: what they can't say is asked for again. */
export class ThreadBook {
  readonly #actions: ThreadActions
  readonly #known = new Map<string, ThreadRecord>()
  #recent: Message[] = []
  readonly #reads = new Map<string, number>()
  readonly #asking = new Map<string, 'once' | 'again'>()
  readonly #running = new Set<string>()
  #session = new AbortController()

  constructor(actions: ThreadActions) {
    this.#actions = actions
  }

  get(channel: ChannelId, thread: number): Thread | undefined {
    const record = this.#known.get(keyOf(channel, thread))
    return record && threadOf(record)
  }

  ofChannel(channel: ChannelId, query: ThreadQuery = {}): Promise<ThreadPage> {
    return this.#page(`/v1/channels/${part(channel)}/threads`, query)
  }

  followed(query: ThreadQuery = {}): Promise<ThreadPage> {
    return this.#page('/v1/threads', query)
  }

  took(event: WeftEvent): void {
    const me = this.#actions.me()
    if (event.kind === 'message') return this.#replied(event)
    if (event.kind === 'read') {
      if (event.thread === undefined || event.user !== me) return
      this.read(event.channel, event.thread, event.seq)
      const key = keyOf(event.channel, event.thread)
      const record = this.#known.get(key)
      // The server has the mark now, so it can say what lies behind it.
      if (record && !countUnread(record).exact) void this.#ask(key)
      return
    }
    if (!('seq' in event)) return
    for (const [key, record] of this.#known) {
      if (record.base.channel !== event.channel) continue
      const { record: next, inside } = withChange(record, { ...event }, me)
      if (inside) void this.#ask(key)
      this.#set(key, record, next)
    }
  }

  /** Read up to there, on this device or another. How many are left is asked for once the server has it. */
  read(channel: ChannelId, thread: number, seq: number): void {
    const key = keyOf(channel, thread)
    remember(this.#reads, key, Math.max(seq, this.#reads.get(key) ?? 0))
    const record = this.#known.get(key)
    if (!record) return
    this.#set(key, record, withRead(record, seq))
  }

  /** Events were missed that won't come, of all channels or of one. */
  missed(channel?: ChannelId): void {
    for (const [key, { base }] of this.#known) {
      if (channel === undefined || base.channel === channel) void this.#ask(key)
    }
  }

  stop(): void {
    this.#session.abort()
    this.#session = new AbortController()
    this.#asking.clear()
  }

  #replied(message: Message): void {
    const thread = message.thread
    if (thread === undefined) return
    this.#recent = [...this.#recent, message].slice(-RECENT_MAX)
    const key = keyOf(message.channel, thread)
    const record = this.#known.get(key)
    if (!record) return
    const next = withReply(record, message, this.#actions.me())
    if (next.heard.length > HEARD_MAX) void this.#ask(key)
    this.#set(key, record, next)
  }

  async #page(path: string, query: ThreadQuery): Promise<ThreadPage> {
    const { items, next } = await fetchPage(this.#actions.http, path, { ...query }, parseThread)
    return { items: items.map((thread) => this.#put(thread)), next }
  }

  /** With whatever came while the answer was on its way. */
  #put(thread: Thread): Thread {
    const key = keyOf(thread.channel, thread.thread)
    const before = this.#known.get(key)
    const me = this.#actions.me()
    let record = rebase(thread, before)
    for (const message of this.#recent) {
      if (message.channel === thread.channel && message.thread === thread.thread)
        record = withReply(record, message, me)
    }
    record = withRead(record, this.#reads.get(key) ?? 0)
    remember(this.#known, key, record, KNOWN_MAX)
    return threadOf(record)
  }

  #set(key: string, before: ThreadRecord, record: ThreadRecord): void {
    if (record === before) return
    this.#known.set(key, record)
    this.#actions.changed([threadOf(record)])
  }

  /** Asks for one thread; equal questions become one, and one that came meanwhile is asked after it. */
  async #ask(key: string): Promise<void> {
    this.#asking.set(key, this.#running.has(key) ? 'again' : 'once')
    if (this.#running.has(key)) return
    this.#running.add(key)
    const { signal } = this.#session
    const { backoffBaseMs, backoffMaxMs } = this.#actions.limits
    const backoff = new Backoff(backoffBaseMs, backoffMaxMs)
    while (this.#asking.has(key) && this.#known.has(key) && !signal.aborted) {
      this.#asking.set(key, 'once')
      const waitMs = await this.#askOnce(key)
      if (waitMs !== undefined) await sleep(backoff.nextMs(waitMs), signal)
      else if (this.#asking.get(key) === 'once') this.#asking.delete(key)
    }
    this.#asking.delete(key)
    this.#running.delete(key)
  }

  /** How long to wait at least before it is asked again; `undefined` if it needn't be. */
  async #askOnce(key: string): Promise<number | undefined> {
    const { http } = this.#actions
    const base = this.#known.get(key)?.base
    if (!base) return undefined
    try {
      const answer = await http.call('GET', `/v1/channels/${part(base.channel)}/threads/${base.thread}`)
      const thread = isJson(answer.thread) ? parseThread(answer.thread) : undefined
      if (thread) this.#actions.changed([this.#put(thread)])
    } catch (error) {
      if (error instanceof WeftError && error.shouldRetry()) return waitOf(error)
      const gone = error instanceof WeftError && (error.code === 'not_found' || error.code === 'forbidden')
      if (gone) this.#known.delete(key)
      else this.#actions.problem(error)
    }
    return undefined
  }
}

/** As the newest; the oldest is forgotten where there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T, max = RECENT_MAX): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.keys().next()
  if (map.size > max && !oldest.done) map.delete(oldest.value)
}
