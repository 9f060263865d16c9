import { Backoff, sleep } from './backoff.ts'
import { ChannelBook, type ChannelRecord, parseMessage, parseRecord } from './channel-book.ts'
import type { Connection } from './connection.ts'
import { fetchChannel, fetchHistory, takeSnapshot } from './directory.ts'
import { toError, WeftError } from './errors.ts'
import { Feed } from './feed.ts'
import type { Http, Tokens } from './http.ts'
import { Keeper } from './keeper.ts'
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from './limits.ts'
import { Link } from './link.ts'
import { OutboxLanes } from './outbox-lanes.ts'
import { entryKey, loadOutbox, saveEntry } from './outbox-store.ts'
import type {
  Ack,
  Body,
  ChannelId,
  Cid,
  ConnectionState,
  Cursor,
  DeviceId,
  Limits,
  OutboxEntry,
  SocketConstructor,
  Store,
  UserId,
} from './types.ts'
import type { Command, Everything, Update } from './update.ts'
import { nextOrder } from './uuid.ts'
import { isJson, type Json, parseChannel, sameEpoch, text, type Welcome } from './wire.ts'

export interface CoreOptions {
  readonly socketUrl: string
  readonly webSocket: SocketConstructor
  readonly http: Http
  readonly tokens: Tokens
  readonly store: Store
  readonly device: DeviceId
  readonly limits: Limits
  readonly update: (update: Update) => void
}

const CURSOR = 'cursor'
const USER = 'user'
const CHANNEL = 'channel/'
const READ = 'read/'
/** Channels whose newest message is fetched after a snapshot that came without. */
const LAST_FETCHES = 100
const LAST_AT_ONCE = 4

/**
 * The part that is connected: link, queue, outbox, channels and read marks, and the store behind them. One per device;
 * the tabs of a browser have one between them. It tells everything by `update` and is told everything by `command`.
 */
export class Core {
  readonly #options: CoreOptions
  readonly #keeper: Keeper
  readonly #link: Link
  readonly #feed: Feed
  readonly #lanes: OutboxLanes
  readonly #book: ChannelBook
  readonly #outbox = new Map<Cid, OutboxEntry>()
  readonly #reads = new Map<ChannelId, number>()
  /** Channels to ask the server for, and which of them a loop is asking for now. */
  readonly #asking = new Map<ChannelId, 'once' | 'again'>()
  readonly #running = new Set<ChannelId>()
  #state: ConnectionState = { status: 'stopped', reason: 'stopped' }
  #user: UserId | undefined
  #loaded = false
  #connection: Connection | undefined
  /** Ends with the connection: work that belongs to it. */
  #session = new AbortController()
  readonly #changed = new Set<ChannelId>()
  #received: Cursor | undefined
  #receivedTimer: ReturnType<typeof setTimeout> | undefined
  #readTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: CoreOptions) {
    this.#options = options
    const { limits } = options
    this.#keeper = new Keeper(options.store, (error) => this.#problem(error))
    this.#book = new ChannelBook({
      me: () => this.#user,
      changed: (ids) => this.#channelsChanged(ids),
      ask: (id) => void this.#ask(id),
    })
    this.#feed = new Feed(
      {
        deliver: (event, cursor) => this.#deliver(event, cursor),
        sync: (cursor) => this.#sync(cursor),
        snapshot: (reason, head) => void this.#snapshot(reason, head),
        caughtUp: () => {
          this.#setState({ status: 'live' })
          this.#saveSoon()
        },
        behind: () => this.#setState({ status: 'catching-up' }),
      },
      limits.syncAttempts,
    )
    this.#lanes = new OutboxLanes(limits, {
      request: (frame, done) => {
        if (this.#connection) this.#connection.request(frame, done)
        else done({ error: new WeftError('offline', 'not connected') })
      },
      changed: (entry, ack) => this.#entryChanged(entry, ack),
      reauthenticate: () => this.#link.restart(),
    })
    this.#link = new Link({
      url: options.socketUrl,
      webSocket: options.webSocket,
      limits,
      tokens: options.tokens,
      hello: () => ({
        device: options.device,
        ...(this.#feed.last === undefined ? {} : { cursor: this.#feed.last }),
      }),
      state: (state) => this.#setState(state),
      up: (connection, welcome) => this.#up(connection, welcome),
      frame: (frame) => this.#frame(frame),
      down: () => this.#down(),
      // A cursor that the server can't read would be refused for ever.
      refused: (error) => !error.shouldRetry() && this.#feed.restore(undefined),
    })
  }

  /** Fills itself from the store. Entries that a view holds already are merged in by `send`. */
  async load(): Promise<void> {
    const { store } = this.#options
    const [user, cursor, channels, reads, entries] = await Promise.all([
      store.get(USER),
      store.get(CURSOR),
      store.list(CHANNEL),
      store.list(READ),
      loadOutbox(store),
    ])
    this.#user = text(user)
    this.#feed.restore(text(cursor))
    for (const [, value] of channels) {
      const record = parseRecord(value)
      if (record) this.#book.records.set(record.base.id, record)
    }
    for (const [key, seq] of reads) if (typeof seq === 'number') this.#reads.set(key.slice(READ.length), seq)
    this.#loaded = text(cursor) !== undefined
    for (const entry of entries) this.#take(entry)
  }

  everything(): Everything {
    return {
      user: this.#user,
      device: this.#options.device,
      state: this.#state,
      loaded: this.#loaded,
      channels: [...this.#book.records.values()],
      outbox: [...this.#outbox.values()],
    }
  }

  command(command: Command): void {
    switch (command.type) {
      case 'start':
        return this.#link.start()
      case 'stop':
        return this.#link.stop()
      case 'reconnect':
        return this.#link.wake()
      case 'wipe':
        return this.#wipe()
      case 'send':
        return this.#send(command.entry)
      case 'retry':
        return this.#retry(command.cid)
      case 'discard':
        return this.#discard(command.cid)
      case 'read':
        return this.#read(command.channel, command.seq)
      case 'typing':
        return this.#connection?.notify({ t: 'typing', channel: command.channel, on: command.on })
      case 'channel': {
        const channel = parseChannel(command.channel)
        return channel && this.#book.put(channel)
      }
      case 'ask':
        return void this.#ask(command.id)
      case 'left':
        return this.#book.remove(command.id)
    }
  }

  /** The machine has lost its network. */
  offline(): void {
    this.#link.restart()
  }

  async close(): Promise<void> {
    this.#link.stop()
    clearTimeout(this.#readTimer)
    await this.#save()
  }

  #setState(state: ConnectionState): void {
    const same =
      state.status === this.#state.status && state.status !== 'offline' && state.status !== 'stopped'
    // What belongs to a connection may finish after it has ended.
    const late = (state.status === 'live' || state.status === 'catching-up') && !this.#connection
    if (same || late) return
    this.#state = state
    this.#options.update({ type: 'state', state })
  }

  #problem(error: unknown): void {
    this.#options.update({ type: 'problem', problem: toError(error) })
  }

  #up(connection: Connection, welcome: Welcome): void {
    this.#connection = connection
    this.#session = new AbortController()
    if (welcome.user !== this.#user) this.#newUser(welcome.user)
    this.#setState({ status: 'catching-up' })
    this.#feed.begin(welcome.cursor)
    this.#lanes.up()
    this.#flushReads()
    for (const id of this.#asking.keys()) void this.#ask(id)
  }

  #down(): void {
    this.#connection = undefined
    this.#session.abort()
    this.#lanes.down()
  }

  /** Someone else's queue, channels and drafts have no business here. */
  #newUser(user: UserId): void {
    if (this.#user !== undefined) this.#wipeData()
    this.#user = user
    this.#keeper.put(USER, user)
    this.#options.update({ type: 'user', user })
  }

  #frame(frame: Json): void {
    switch (frame.t) {
      case 'event':
        return isJson(frame.event) ? this.#feed.event(frame, frame.event) : undefined
      case 'synced':
        return this.#feed.synced(text(frame.cursor) ?? '')
      case 'reset':
        return this.#feed.reset(text(frame.reason) ?? 'reset', text(frame.cursor) ?? '')
      case 'drain':
        return this.#link.drain(frame)
    }
  }

  #deliver(event: Json, cursor: Cursor | undefined): void {
    this.#book.event(event)
    if (event.kind === 'message') this.#own(event)
    this.#options.update({ type: 'event', event })
    if (cursor !== undefined) this.#saveSoon()
  }

  /** One of our own sends came back: whether or not its ack arrives, it is kept. */
  #own(event: Json): void {
    const message = parseMessage(event)
    if (!message || message.from !== this.#user || !this.#outbox.has(message.cid)) return
    const { channel, seq, at, cid } = message
    // That it is in the queue says nothing of a second region: there the ack itself must come.
    if (this.#outbox.get(cid)?.options.ack === 'global') return
    this.#lanes.kept({ channel, seq, at, cid, duplicate: false })
  }

  #sync(cursor: Cursor): void {
    const connection = this.#connection
    connection?.request({ t: 'sync', cursor }, (answer) => {
      // A new connection asks again by its `hello`, after the back-off.
      if ('error' in answer) connection.close()
    })
  }

  async #snapshot(reason: string, head: Cursor): Promise<void> {
    const { signal } = this.#session
    const { http, limits } = this.#options
    const backoff = new Backoff(limits.backoffBaseMs, limits.backoffMaxMs)
    while (!signal.aborted) {
      try {
        const { cursor, channels } = await takeSnapshot(http)
        if (signal.aborted) return
        this.#loaded = true
        this.#book.replace(channels)
        // Events between the server's head and the snapshot are told too; a gap can only be left behind.
        const from = reason !== 'gap' && sameEpoch(cursor, head) ? head : cursor
        if (reason !== 'new') this.#options.update({ type: 'reset', notice: { reason, cursor: from } })
        this.#feed.resume(from)
        this.#saveSoon()
        void this.#fetchLast()
        return
      } catch (error) {
        const problem = error instanceof WeftError ? error : undefined
        if (!problem?.shouldRetry()) this.#problem(error)
        if (problem?.code === 'unauthenticated') return this.#link.restart()
        await sleep(backoff.nextMs(waitOf(error)), signal)
      }
    }
  }

  /** The list shows each channel's newest message; a snapshot needn't bring it. */
  async #fetchLast(): Promise<void> {
    const { signal } = this.#session
    const bare = [...this.#book.records.values()]
      .filter(({ base, head }) => head > 0 && base.last === undefined)
      .slice(0, LAST_FETCHES)
    const worker = async () => {
      for (let record = bare.shift(); record && !signal.aborted; record = bare.shift()) {
        const page = await fetchHistory(this.#options.http, record.base.id, { limit: 1 })
        const newest = page.items.at(-1)
        if (newest) this.#book.message(newest)
      }
    }
    try {
      await Promise.all(Array.from({ length: LAST_AT_ONCE }, worker))
    } catch (error) {
      // It is for show alone: the next message, or the next snapshot, brings it.
      if (!(error instanceof WeftError)) this.#problem(error)
    }
  }

  /** Asks for one channel in full; equal questions become one, and one that came meanwhile is asked after it. */
  async #ask(id: ChannelId): Promise<void> {
    this.#asking.set(id, this.#running.has(id) ? 'again' : 'once')
    if (this.#running.has(id)) return
    if (!this.#connection) return
    this.#running.add(id)
    const { signal } = this.#session
    const { http, limits } = this.#options
    const backoff = new Backoff(limits.backoffBaseMs, limits.backoffMaxMs)
    while (!signal.aborted) {
      try {
        const channel = await fetchChannel(http, id)
        this.#book.put(channel)
        if (channel.head > 0 && this.#book.records.get(id)?.base.last === undefined) void this.#fetchLast()
        if (this.#asking.get(id) === 'again') this.#asking.set(id, 'once')
        else this.#asking.delete(id)
        break
      } catch (error) {
        if (error instanceof WeftError && error.shouldRetry()) {
          await sleep(backoff.nextMs(waitOf(error)), signal)
          continue
        }
        this.#asking.delete(id)
        if (error instanceof WeftError && (error.code === 'not_found' || error.code === 'forbidden'))
          this.#book.remove(id)
        else this.#problem(error)
        break
      }
    }
    this.#running.delete(id)
    // Its connection ended, or another question came in between.
    if (this.#asking.has(id)) void this.#ask(id)
  }

  #channelsChanged(ids: readonly ChannelId[]): void {
    const set: ChannelRecord[] = []
    const gone: ChannelId[] = []
    for (const id of ids) {
      const record = this.#book.records.get(id)
      if (record) set.push(record)
      else gone.push(id)
      this.#changed.add(id)
    }
    this.#options.update({ type: 'channels', set, gone, loaded: this.#loaded })
    this.#saveSoon()
  }

  #saveSoon(): void {
    this.#receivedTimer ??= setTimeout(() => {
      this.#save().catch((error: unknown) => this.#problem(error))
    }, this.#options.limits.receivedDelayMs)
  }

  /** The cursor and what it reflects go into the store in one write; only then is it `received`. */
  async #save(): Promise<void> {
    clearTimeout(this.#receivedTimer)
    this.#receivedTimer = undefined
    const cursor = this.#feed.last
    if (this.#loaded) this.#keeper.put(CURSOR, cursor)
    for (const id of this.#changed) this.#keeper.put(CHANNEL + id, this.#book.records.get(id))
    this.#changed.clear()
    await this.#keeper.flush()
    if (cursor === undefined || cursor === this.#received || this.#state.status !== 'live') return
    this.#received = cursor
    this.#connection?.notify({ t: 'received', cursor })
  }

  #read(id: ChannelId, seq: number): void {
    const record = this.#book.records.get(id)
    if (!record) return
    const upTo = Math.min(seq, record.head)
    if (upTo <= record.read || upTo <= (this.#reads.get(id) ?? 0)) return
    this.#reads.set(id, upTo)
    this.#keeper.put(READ + id, upTo)
    this.#book.read(id, upTo)
    this.#readTimer ??= setTimeout(() => {
      this.#readTimer = undefined
      this.#flushReads()
    }, this.#options.limits.readDelayMs)
  }

  #flushReads(): void {
    for (const [channel, seq] of this.#reads) {
      this.#connection?.request({ t: 'read', channel, seq }, (answer) => {
        if (this.#reads.get(channel) !== seq) return
        if ('error' in answer && answer.error.shouldRetry()) return this.#retryReads(answer.error)
        this.#reads.delete(channel)
        this.#keeper.put(READ + channel, undefined)
        this.#saveSoon()
        if ('error' in answer) this.#problem(answer.error)
      })
    }
  }

  #retryReads(error: WeftError): void {
    if (error.code === 'offline') return
    this.#readTimer ??= setTimeout(
      () => {
        this.#readTimer = undefined
        this.#flushReads()
      },
      (error.retryAfter ?? 1) * 1000,
    )
  }

  #send(given: OutboxEntry): void {
    if (this.#outbox.has(given.cid)) return
    const error = tooLarge(given.body)
    const entry: OutboxEntry = error ? { ...given, status: 'failed', error } : given
    this.#entryChanged(entry)
    this.#take(entry)
  }

  #take(entry: OutboxEntry): void {
    this.#outbox.set(entry.cid, entry)
    if (entry.status !== 'failed') this.#lanes.add(entry)
  }

  #retry(cid: Cid): void {
    const failed = this.#outbox.get(cid)
    if (failed?.status !== 'failed') return
    const { error: _, ...rest } = failed
    this.#outbox.delete(cid)
    this.#send({ ...rest, status: 'queued', order: nextOrder() })
  }

  #discard(cid: Cid): void {
    const entry = this.#outbox.get(cid)
    if (!entry || (entry.status !== 'failed' && !this.#lanes.discard(cid))) return
    this.#outbox.delete(cid)
    saveEntry(this.#keeper, { ...entry, status: 'acked' })
    void this.#keeper.flush()
    this.#options.update({ type: 'discarded', cid })
  }

  #entryChanged(entry: OutboxEntry, ack?: Ack): void {
    if (entry.status === 'acked') this.#outbox.delete(entry.cid)
    else this.#outbox.set(entry.cid, entry)
    if (entry.status !== 'sent') {
      saveEntry(this.#keeper, entry)
      void this.#keeper.flush()
    }
    this.#options.update({ type: 'outbox', entry, ...(ack ? { ack } : {}) })
  }

  #wipe(): void {
    this.#link.stop('unauthenticated')
    this.#wipeData()
    this.#user = undefined
    this.#keeper.put(USER, undefined)
    void this.#keeper.flush()
    this.#options.update({ type: 'all', all: this.everything() })
  }

  #wipeData(): void {
    this.#feed.restore(undefined)
    this.#lanes.clear()
    this.#loaded = false
    for (const cid of this.#outbox.keys()) {
      this.#keeper.put(entryKey(cid), undefined)
      this.#options.update({ type: 'discarded', cid })
    }
    this.#outbox.clear()
    for (const id of this.#reads.keys()) this.#keeper.put(READ + id, undefined)
    this.#reads.clear()
    this.#asking.clear()
    this.#keeper.put(CURSOR, undefined)
    for (const id of this.#book.records.keys()) this.#keeper.put(CHANNEL + id, undefined)
    this.#book.replace([])
  }
}

/** A frame over the limit would end the connection, again and again, and everything behind it would wait. */
function tooLarge(body: Body): WeftError | undefined {
  const isText = typeof body === 'string'
  const bytes = new TextEncoder().encode(isText ? body : JSON.stringify(body)).length
  const limit = isText ? MAX_TEXT_BYTES : MAX_BODY_BYTES
  return bytes > limit
    ? new WeftError('too_large', `the body has ${bytes} bytes, of ${limit} at most`)
    : undefined
}

/** What the server asked for; the network's own failures have only the back-off. */
function waitOf(error: unknown): number {
  const asked = error instanceof WeftError && (error.code === 'unavailable' || error.code === 'rate_limited')
  return asked ? (error.retryAfter ?? 0) * 1000 : 0
}
