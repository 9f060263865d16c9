import { Actions } from './actions.ts'
import { ChannelBook, parseMessage } from './channel-book.ts'
import { ChannelFetches } from './channel-fetches.ts'
import type { Answer, Connection } from './connection.ts'
import { toError, WeftError } from './errors.ts'
import { Feed } from './feed.ts'
import type { Http, Tokens } from './http.ts'
import { Keeper } from './keeper.ts'
import { Link } from './link.ts'
import { OpenChannels } from './open-channels.ts'
import type { Limits, Store } from './options.ts'
import { PersistentOutbox } from './persistent-outbox.ts'
import { PresenceLink } from './presence-link.ts'
import { Progress } from './progress.ts'
import { ReadMarks } from './read-marks.ts'
import { Route } from './transport/route.ts'
import type { TransportName } from './transport/transport.ts'
import type { Ways } from './transport/ways.ts'
import type { ChannelId, ConnectionState, Cursor, DeviceId, UserId } from './types.ts'
import type { Command, Everything, Update } from './update.ts'
import { isJson, type Json, parseChannel, sameEpoch, text, type Welcome } from './wire.ts'

export interface CoreOptions {
  /** Where Weft answers. */
  readonly url: string
  readonly ways: Ways
  readonly transports: readonly TransportName[]
  readonly http: Http
  readonly tokens: Tokens
  readonly store: Store
  readonly device: DeviceId
  readonly limits: Limits
  readonly update: (update: Update) => void
}

const USER = 'user'

/**
 * The part that is connected: link, queue, outbox, channels and read marks, and the store behind them. One per device;
 * the tabs of a browser have one between them. It tells everything by `update` and is told everything by `command`.
 */
export class Core {
  readonly #options: CoreOptions
  readonly #keeper: Keeper
  readonly #link: Link
  readonly #route: Route
  readonly #feed: Feed
  readonly #outbox: PersistentOutbox
  readonly #reads: ReadMarks
  readonly #book: ChannelBook
  readonly #fetches: ChannelFetches
  readonly #progress: Progress
  readonly #actions: Actions
  readonly #presence: PresenceLink
  readonly #opened: OpenChannels
  #state: ConnectionState = { status: 'stopped', reason: 'stopped' }
  #user: UserId | undefined
  #connection: Connection | undefined
  /** Ends with the connection: work that belongs to it. */
  #session = new AbortController()
  #received: Cursor | undefined

  constructor(options: CoreOptions) {
    this.#options = options
    const { limits } = options
    this.#session.abort()
    this.#keeper = new Keeper(options.store, (error) => this.#problem(error))
    this.#book = new ChannelBook({
      me: () => this.#user,
      changed: (ids) => this.#channelsChanged(ids),
      ask: (id) => void this.#fetches.ask(id),
      joined: (id) => void this.#fetches.receipts(id),
    })
    this.#feed = new Feed(
      {
        deliver: (event, cursor) => this.#deliver(event, cursor),
        sync: (cursor) => this.#sync(cursor),
        snapshot: (reason, head) => void this.#snapshot(reason, head),
        caughtUp: () => {
          this.#setState({ status: 'live', transport: this.#route.current })
          this.#progress.saveSoon()
        },
        behind: () => this.#setState({ status: 'catching-up', transport: this.#route.current }),
      },
      limits.syncAttempts,
    )
    const common = {
      request: (frame: Json, done: (answer: Answer) => void) => this.#request(frame, done),
      reauthenticate: () => this.#link.restart(),
      problem: (error: unknown) => this.#problem(error),
    }
    this.#outbox = new PersistentOutbox(limits, this.#keeper, { ...common, update: options.update })
    this.#reads = new ReadMarks(limits.readDelayMs, this.#keeper, {
      ...common,
      settled: () => this.#progress.saveSoon(),
    })
    this.#fetches = new ChannelFetches(options.http, limits, this.#book, {
      ...common,
      session: () => this.#session.signal,
    })
    this.#progress = new Progress(limits.receivedDelayMs, this.#keeper, this.#book, {
      ...common,
      cursor: () => this.#feed.last,
      saved: (cursor) => this.#saved(cursor),
    })
    this.#actions = new Actions(limits.requestTimeoutMs, {
      ...common,
      answered: (id, answer) => options.update({ type: 'answer', id, answer }),
    })
    this.#presence = new PresenceLink(limits.awayMs, this.#keeper, {
      ...common,
      notify: (frame) => this.#connection?.notify(frame),
      tell: (event) => options.update({ type: 'event', event }),
    })
    this.#opened = new OpenChannels({
      ...common,
      session: () => this.#session.signal,
      deliver: (event) => this.#tell(event),
      lost: (channel) => options.update({ type: 'missed', channel }),
      begun: (channel, seq) => {
        options.update({ type: 'opened', channel, seq })
        void this.#fetches.receipts(channel)
      },
    })
    this.#route = new Route({ ...options, problem: (error) => this.#problem(error) })
    this.#link = new Link({
      url: options.url,
      route: this.#route,
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
    const [user, cursor] = await Promise.all([
      store.get(USER),
      this.#progress.load(store),
      this.#reads.load(store),
      this.#outbox.load(store),
      this.#route.load(),
      this.#presence.load(store),
    ])
    this.#user = text(user)
    this.#feed.restore(cursor)
  }

  everything(): Everything {
    return {
      user: this.#user,
      device: this.#options.device,
      state: this.#state,
      loaded: this.#progress.loaded,
      channels: [...this.#book.records.values()],
      outbox: this.#outbox.entries,
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
        return this.#outbox.send(command.entry)
      case 'retry':
        return this.#outbox.retry(command.cid)
      case 'discard':
        return this.#outbox.discard(command.cid)
      case 'read':
        return command.thread === undefined
          ? this.#read(command.channel, command.seq)
          : this.#readThread(command.channel, command.thread, command.seq)
      case 'typing':
        return this.#connection?.notify({ t: 'typing', channel: command.channel, on: command.on })
      case 'channel': {
        const channel = parseChannel(command.channel)
        return channel && this.#book.put(channel)
      }
      case 'ask':
        return void this.#fetches.ask(command.id)
      case 'left':
        return this.#book.remove(command.id)
      case 'act':
        return this.#actions.add(command.id, command.frame)
      case 'presence':
        return this.#presence.say(command.status, command.text)
      case 'watch':
        return this.#presence.watch(command.tab, command.users)
      case 'open':
        return this.#opened.want(command.tab, command.channels)
      case 'visible':
        return this.#presence.visible(command.tab, command.on)
    }
  }

  /** The machine has lost its network. */
  offline(): void {
    this.#link.restart()
  }

  async close(): Promise<void> {
    this.#link.stop()
    this.#reads.close()
    this.#presence.close()
    this.#actions.clear()
    await this.#progress.save()
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
    this.#setState({ status: 'catching-up', transport: this.#route.current })
    this.#feed.begin(welcome.cursor)
    this.#outbox.up()
    this.#reads.flush()
    this.#fetches.up()
    this.#presence.up()
    this.#opened.up()
    this.#actions.up()
  }

  #down(): void {
    this.#connection = undefined
    this.#session.abort()
    this.#outbox.down()
    this.#presence.down()
    this.#opened.down()
    this.#actions.down()
  }

  #request(frame: Json, done: (answer: Answer) => void): void {
    if (this.#connection) this.#connection.request(frame, done)
    else done({ error: new WeftError('offline', 'not connected') })
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

  /** From the user's queue, with a cursor; or one that isn't kept. */
  #deliver(event: Json, cursor: Cursor | undefined): void {
    const isNew = cursor === undefined ? !this.#opened.live(event) : this.#opened.fromQueue(event)
    if (isNew) this.#tell(event)
    if (cursor !== undefined) this.#progress.saveSoon()
  }

  #tell(event: Json): void {
    this.#book.event(event)
    const message = event.kind === 'message' ? parseMessage(event) : undefined
    if (message && message.from === this.#user) this.#outbox.cameBack(message)
    this.#options.update({ type: 'event', event })
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
    const snapshot = await this.#fetches.snapshot()
    if (!snapshot || signal.aborted) return
    const { cursor, channels } = snapshot
    this.#progress.loaded = true
    this.#book.replace(channels)
    // Events between the server's head and the snapshot are told too; a gap can only be left behind.
    const from = reason !== 'gap' && sameEpoch(cursor, head) ? head : cursor
    if (reason !== 'new') this.#options.update({ type: 'reset', notice: { reason, cursor: from } })
    this.#feed.resume(from)
    this.#progress.saveSoon()
    void this.#fetches.newestMessages()
  }

  #channelsChanged(ids: readonly ChannelId[]): void {
    const { records } = this.#book
    const set = ids.flatMap((id) => records.get(id) ?? [])
    const gone = ids.filter((id) => !records.has(id))
    this.#options.update({ type: 'channels', set, gone, loaded: this.#progress.loaded })
    this.#progress.changed(ids)
  }

  /** Only what is in the store is `received`. */
  #saved(cursor: Cursor): void {
    if (cursor === this.#received || this.#state.status !== 'live') return
    this.#received = cursor
    this.#connection?.notify({ t: 'received', cursor })
  }

  #read(id: ChannelId, seq: number): void {
    const record = this.#book.records.get(id)
    if (!record) return
    const upTo = Math.min(seq, record.head)
    if (upTo > record.read && this.#reads.set(id, upTo)) this.#book.read(id, upTo)
  }

  #readThread(channel: ChannelId, thread: number, seq: number): void {
    const upTo = Math.min(seq, this.#book.records.get(channel)?.head ?? 0)
    if (this.#reads.set(channel, upTo, thread))
      this.#options.update({ type: 'thread-read', channel, thread, seq: upTo })
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
    this.#outbox.clear()
    this.#reads.clear()
    this.#fetches.clear()
    this.#progress.clear()
    this.#presence.clear()
    this.#opened.clear()
    this.#actions.clear()
  }
}
