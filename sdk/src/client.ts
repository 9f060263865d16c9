import { SessionAccounts } from './accounts.ts'
import { Asked } from './actions.ts'
import type {
  Accounts,
  Channels,
  Client,
  Handler,
  Messages,
  Outbox,
  Presences,
  Timeline,
  Unsubscribe,
  Users,
} from './api/client.ts'
import type { Mine } from './api/mine.ts'
import { OutboxApi, UsersApi } from './calls.ts'
import { shownOnBadge } from './channel-book.ts'
import { ChannelsApi } from './channel-calls.ts'
import { Core } from './core.ts'
import { fetchHistory } from './directory.ts'
import { Emitter } from './emitter.ts'
import {
  defaultFetch,
  defaultStore,
  defaultWebSocket,
  exclusively,
  serverUrl,
  watchNetwork,
  watchScreen,
} from './environment.ts'
import { WeftError } from './errors.ts'
import { EventStream } from './event-stream.ts'
import type { ClientEvents, WeftEvent } from './events.ts'
import { Http, type Tokens } from './http.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { MessagesApi } from './message-calls.ts'
import { MineApi } from './mine.ts'
import type { Limits, Store, WeftOptions } from './options.ts'
import { entryKey } from './outbox-store.ts'
import { providedTokens } from './provided-tokens.ts'
import { Screen } from './screen.ts'
import { canShareTabs, type Leadership, Tabs } from './tabs.ts'
import { TRANSPORTS } from './transport/transport.ts'
import type {
  Body,
  ChannelId,
  ConnectionState,
  DeviceId,
  HistoryPage,
  HistoryQuery,
  OutboxEntry,
  Sending,
  SendOptions,
  UserId,
} from './types.ts'
import type { Command, Update } from './update.ts'
import { nextOrder, uuidv7 } from './uuid.ts'
import { View } from './view.ts'
import type { Json } from './wire.ts'

const DEVICE = 'device'
const DEFAULT_BUFFER = 1_000

/** For tests and unusual surroundings: who decides which tab has the connection. */
export interface Internals {
  readonly leadership?: Leadership
}

export class WeftClient implements Client {
  readonly accounts: Accounts
  readonly channels: Channels
  readonly outbox: Outbox
  readonly users: Users
  readonly messages: Messages
  readonly presence: Presences
  readonly mine: Mine
  readonly #tab = uuidv7()
  readonly #asked = new Asked()
  readonly #screen: Screen
  readonly #options: WeftOptions
  readonly #limits: Limits
  readonly #url: string
  readonly #store: Store
  readonly #http: Http
  readonly #session: SessionAccounts
  readonly #tokens: Tokens
  readonly #emitter = new Emitter()
  readonly #view: View
  readonly #streams = new Set<EventStream>()
  readonly #tabs: Tabs | undefined
  #device: Promise<DeviceId> | undefined
  #core: Core | undefined
  #opening: Promise<void> | undefined
  /** Given before there was a core to give them to. */
  #early: Command[] = []
  #unwatch: () => void = () => {}
  #ready: (() => void) | undefined

  constructor(options: WeftOptions = {}, internals: Internals = {}) {
    const name = options.name ?? 'weft'
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#url = serverUrl(options)
    this.#store = options.store ?? defaultStore(name)
    this.#http = new Http({
      url: this.#url,
      fetch: options.fetch ?? defaultFetch,
      timeoutMs: this.#limits.httpTimeoutMs,
    })
    this.#view = new View(this.#emitter, (event) => {
      this.#screen.took(event)
      this.#stream(event)
    })
    const hooks = {
      device: () => this.#loadDevice(),
      loggedIn: (user: UserId) => this.#loggedIn(user),
      loggedOut: () => this.#loggedOut(),
    }
    this.#session = new SessionAccounts(this.#http, this.#store, hooks, exclusively(`weft:${name}:refresh`))
    this.#tokens = options.auth ? providedTokens(options.auth) : this.#session
    this.#http.tokens = this.#tokens
    this.accounts = this.#session
    const context = {
      http: this.#http,
      view: this.#view,
      user: () => this.user,
      command: (command: Command) => this.#command(command),
      open: (id: ChannelId) => this.#screen.open(id),
    }
    this.channels = new ChannelsApi(context)
    this.users = new UsersApi(context)
    this.outbox = new OutboxApi(context)
    this.mine = new MineApi(this.#http)
    this.#screen = new Screen({
      http: this.#http,
      tab: this.#tab,
      limits: this.#limits,
      view: this.#view,
      emitter: this.#emitter,
      user: () => this.user,
      command: (command) => this.#command(command),
      history: (channel, query) => this.history(channel, query),
    })
    this.presence = this.#screen.presence
    this.messages = new MessagesApi((frame) => this.#act(frame), this.#http, this.#screen.threads)
    if (options.shareTabs ?? (canShareTabs() || internals.leadership !== undefined)) {
      const handlers = {
        lead: () => this.#lead(),
        command: (command: Command) => this.#core?.command(command),
        everything: () => this.#everything(),
        update: (update: Update) => this.#apply(update),
        joined: () => this.#joined(),
        problem: (error: unknown) => this.#emitter.problem(error),
      }
      this.#tabs = new Tabs(name, handlers, internals.leadership)
    }
  }

  get state(): ConnectionState {
    return this.#view.state
  }

  get user(): UserId | undefined {
    return this.#view.user ?? this.#session.current?.user.id
  }

  get device(): DeviceId | undefined {
    return this.#view.device
  }

  get badge(): number {
    return this.channels.list.reduce((sum, channel) => sum + shownOnBadge(channel), 0)
  }

  async start(): Promise<void> {
    await this.#open()
    this.#command({ type: 'start' })
  }

  async stop(): Promise<void> {
    await this.#opening
    this.#opening = undefined
    this.#unwatch()
    this.#screen.stop()
    const core = this.#core
    this.#core = undefined
    await core?.close()
    // Let go only now: whoever leads next must find everything in the store.
    this.#tabs?.close()
    if (!core) this.#view.apply({ type: 'state', state: { status: 'stopped', reason: 'stopped' } })
    await this.#store.close()
  }

  reconnect(): void {
    this.#command({ type: 'reconnect' })
  }

  on<Kind extends keyof ClientEvents>(kind: Kind, handler: Handler<Kind>): Unsubscribe {
    return this.#emitter.on(kind, handler)
  }

  events(options: { buffer?: number } = {}): AsyncIterableIterator<WeftEvent> {
    const stream: EventStream = new EventStream(options.buffer ?? DEFAULT_BUFFER, () =>
      this.#streams.delete(stream),
    )
    this.#streams.add(stream)
    return stream
  }

  send(channel: ChannelId, body: Body, options: SendOptions = {}): Sending {
    const entry: OutboxEntry = {
      cid: uuidv7(),
      channel,
      body,
      options,
      createdAt: new Date().toISOString(),
      order: nextOrder(),
      status: 'queued',
    }
    if (this.#view.entries.size >= this.#limits.outboxEntries) {
      const error = new WeftError('overflow', `the outbox holds ${this.#limits.outboxEntries} entries`)
      const acked = Promise.reject(error)
      acked.catch(() => undefined)
      return { ...entry, status: 'failed', error, acked }
    }
    this.#screen.sent(channel)
    const acked = this.#view.add(entry)
    this.#command({ type: 'send', entry })
    return { ...(this.#view.entries.get(entry.cid) ?? entry), acked }
  }

  markRead(channel: ChannelId, seq: number, { thread }: { thread?: number } = {}): void {
    this.#command({ type: 'read', channel, seq, ...(thread === undefined ? {} : { thread }) })
  }

  typing(channel: ChannelId, on: boolean): void {
    this.#screen.typing(channel, on)
  }

  typists(channel: ChannelId): readonly UserId[] {
    return this.#screen.typists(channel)
  }

  timeline(channel: ChannelId, options: { limit?: number } = {}): Timeline {
    return this.#screen.timeline(channel, options.limit)
  }

  history(channel: ChannelId, query: HistoryQuery = {}): Promise<HistoryPage> {
    return fetchHistory(this.#http, channel, query)
  }

  #act(frame: Json): Promise<Json> {
    const id = uuidv7()
    const answer = this.#asked.wait(id)
    this.#command({ type: 'act', id, frame })
    return answer
  }

  #apply(update: Update): void {
    this.#view.apply(update)
    if (update.type === 'answer') this.#asked.answered(update.id, update.answer)
    else this.#screen.apply(update)
  }

  #stream(event: WeftEvent): void {
    for (const stream of [...this.#streams]) stream.push(event)
  }

  /** Once: with the connection in this tab, or seeing through the tab that has it. */
  #open(): Promise<void> {
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #load(): Promise<void> {
    if (!this.#options.auth) await this.#session.load()
    this.#unwatch = watchNetwork({
      online: () => this.#core?.command({ type: 'reconnect' }),
      offline: () => this.#core?.offline(),
    })
    const unwatchScreen = watchScreen((on) => this.#screen.visible(on))
    const unwatchNetwork = this.#unwatch
    this.#unwatch = () => {
      unwatchNetwork()
      unwatchScreen()
    }
    if (!this.#tabs) return this.#lead()
    const ready = new Promise<void>((resolve) => {
      this.#ready = resolve
    })
    this.#tabs.open()
    await ready
  }

  /** This tab has the connection from now on. */
  async #lead(): Promise<void> {
    const follower = this.#view.outboxLoaded && this.#tabs !== undefined
    if (!this.#options.auth) await this.#session.load()
    const core = new Core({
      url: this.#url,
      ways: {
        fetch: this.#options.fetch ?? defaultFetch,
        webSocket: this.#options.webSocket ?? defaultWebSocket(),
        httpTimeoutMs: this.#limits.httpTimeoutMs,
      },
      transports: this.#options.transports ?? TRANSPORTS,
      http: this.#http,
      tokens: this.#tokens,
      store: this.#store,
      device: await this.#loadDevice(),
      limits: this.#limits,
      update: (update) => {
        this.#apply(update)
        this.#tabs?.tell(update)
      },
    })
    await core.load()
    this.#core = core
    const mine = [...this.#view.entries.values()]
    this.#view.apply({ type: 'all', all: core.everything() })
    for (const entry of mine) core.command({ type: 'send', entry })
    for (const command of this.#early.splice(0)) core.command(command)
    this.#screen.tell()
    // The tab that led before was connected, and this one wanted to be.
    if (follower) core.command({ type: 'start' })
    this.#ready?.()
  }

  /** The leading tab has told where things stand: name to it what it may have missed. */
  #joined(): void {
    for (const entry of this.#view.entries.values()) {
      if (entry.status !== 'failed') this.#tabs?.ask({ type: 'send', entry })
    }
    // The core that was asked may be another one by now.
    this.#asked.abandon()
    for (const command of this.#early.splice(0)) this.#tabs?.ask(command)
    this.#screen.tell()
    this.#ready?.()
  }

  #everything(): Update {
    if (!this.#core) return { type: 'state', state: this.state }
    return { type: 'all', all: this.#core.everything() }
  }

  #command(command: Command): void {
    if (this.#core) this.#core.command(command)
    else if (this.#tabs && this.#view.outboxLoaded) void this.#askLeader(command)
    else this.#early.push(command)
  }

  /** A send goes into the store first: the tab that it is handed to may be gone before it has read it. */
  async #askLeader(command: Command): Promise<void> {
    try {
      if (command.type === 'send') {
        await this.#store.write(new Map([[entryKey(command.entry.cid), command.entry]]))
      }
    } catch (error) {
      this.#emitter.problem(error)
    }
    if (this.#core) this.#core.command(command)
    else this.#tabs?.ask(command)
  }

  #loadDevice(): Promise<DeviceId> {
    this.#device ??= this.#readDevice().catch((error: unknown) => {
      this.#device = undefined
      throw error
    })
    return this.#device
  }

  async #readDevice(): Promise<DeviceId> {
    const given = this.#options.device ?? (await this.#store.get(DEVICE))
    if (typeof given === 'string') return given
    const made = uuidv7()
    await this.#store.write(new Map([[DEVICE, made]]))
    return made
  }

  #loggedIn(user: UserId): void {
    const before = this.#view.user
    if (before !== undefined && before !== user) this.#command({ type: 'wipe' })
  }

  async #loggedOut(): Promise<void> {
    await this.#open()
    this.#command({ type: 'wipe' })
  }
}
