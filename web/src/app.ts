import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import {
  type Channel,
  type ChannelId,
  type Client,
  type ConnectionState,
  type MessageEvent,
  type OutboxEntry,
  WeftClient,
  WeftError,
} from '../../sdk/src/mod.ts'
import { announce } from './announce.ts'
import { cidOfKey, joinLines, lineOfMessage, textOf } from './lines.ts'
import { People, personOf } from './people.ts'
import { Previews } from './previews.ts'
import { Timeline } from './timeline.ts'
import type { Conversation, Line, Person } from './types.ts'

export type Link = 'online' | 'connecting' | 'offline' | 'replaced'

/** A break shorter than this is not worth a word across the whole page. */
const SLOW_MS = 1_000

/** Everything the page knows and does: the SDK's client, as signals. */
export class App {
  readonly #client: Client
  readonly #people: People
  readonly #previews: Previews
  readonly #timelines = new Map<ChannelId, Timeline>()
  readonly #lines = new Map<ChannelId, ReadonlySignal<readonly Line[]>>()
  readonly #channels = signal<readonly Channel[]>([])
  readonly #outbox = signal<readonly OutboxEntry[]>([])
  /** Acked, and not seen in the log yet. */
  readonly #acked = signal<readonly OutboxEntry[]>([])

  readonly #me = signal<Person | undefined>(undefined)
  readonly #link = signal<Link>('connecting')
  readonly #slow = signal(false)
  readonly #loaded = signal(false)
  readonly #booted = signal(false)
  readonly #watching = signal(document.visibilityState === 'visible')
  readonly #freshAfter = signal(0)
  /** Why one was logged out without asking for it. */
  readonly #farewell = signal<string | undefined>(undefined)
  #open: ChannelId | undefined

  readonly conversations = computed(() =>
    this.#channels.value.map((channel) => this.#conversationOf(channel)),
  )
  readonly unreadTotal = computed(() =>
    this.#channels.value.reduce((sum, channel) => sum + channel.unread, 0),
  )
  /** Messages that would be lost with this device's store. */
  readonly unsent = computed(() => this.#outbox.value.filter((entry) => entry.status !== 'acked').length)

  constructor(client: Client) {
    this.#client = client
    this.#people = new People(client)
    this.#previews = new Previews(client)
    client.on('channels', () => this.#readChannels())
    client.on('outbox', (entry) => this.#readOutbox(entry))
    client.on('message', (event) => this.#onMessage(event))
    client.on('edited', ({ channel, seq, body }) =>
      this.#timelines.get(channel)?.change(seq, { text: textOf(body), edited: true }),
    )
    client.on('deleted', ({ channel, seq }) => this.#timelines.get(channel)?.change(seq, { gone: true }))
    client.on('state', (state) => this.#onState(state))
    client.on('reset', () => this.#catchUp())
    client.on('problem', (problem) => console.warn(problem))
    addEventListener('online', () => client.reconnect())
    document.addEventListener('visibilitychange', () => this.#onVisibility())
    effect(() => {
      this.#slow.value = false
      if (this.#link.value === 'online') return
      const timer = setTimeout(() => {
        this.#slow.value = true
      }, SLOW_MS)
      return () => clearTimeout(timer)
    })
  }

  get me(): ReadonlySignal<Person | undefined> {
    return this.#me
  }
  get link(): ReadonlySignal<Link> {
    return this.#link
  }
  /** Whether the connection has been away long enough to say so. */
  get slow(): ReadonlySignal<boolean> {
    return this.#slow
  }
  get loaded(): ReadonlySignal<boolean> {
    return this.#loaded
  }
  get booted(): ReadonlySignal<boolean> {
    return this.#booted
  }
  get watching(): ReadonlySignal<boolean> {
    return this.#watching
  }
  get freshAfter(): ReadonlySignal<number> {
    return this.#freshAfter
  }
  get farewell(): ReadonlySignal<string | undefined> {
    return this.#farewell
  }

  async boot(): Promise<void> {
    try {
      await this.#client.start()
    } finally {
      this.#enter()
      this.#booted.value = true
    }
  }
  async signUp(name: string, password: string): Promise<void> {
    await this.#client.accounts.signUp(name, password)
    await this.#start()
  }
  async logIn(name: string, password: string): Promise<void> {
    await this.#client.accounts.logIn(name, password)
    await this.#start()
  }
  /** Forgets everything on this device, and begins anew. */
  async logOut(): Promise<void> {
    await this.#client.accounts.logOut()
    for (const key of Object.keys(localStorage)) if (key.startsWith('weft.')) localStorage.removeItem(key)
    location.hash = ''
    location.reload()
  }
  async #start(): Promise<void> {
    this.#farewell.value = undefined
    await this.#client.start()
    this.#enter()
  }
  #enter(): void {
    const user = this.#client.accounts.current?.user
    if (user === undefined) return
    this.#people.learn(personOf(user))
    this.#me.value = personOf(user)
    this.#readChannels()
    this.#readOutbox()
  }
  /** Connects at once; takes the connection back from another tab too. */
  reconnect(): void {
    this.#client.start().then(() => this.#client.reconnect(), console.warn)
  }

  nameOf(id: string): string {
    return this.#people.nameOf(id)
  }
  /** Throws `not_found` when nobody has this name. */
  async find(name: string): Promise<Person> {
    const user = await this.#client.users.find(name)
    if (user === undefined) throw new WeftError('not_found', `nobody is called ${name}`)
    this.#people.learn(personOf(user))
    return personOf(user)
  }
  async startDirect(person: Person): Promise<string> {
    return (await this.#client.channels.createDirect(person.id)).id
  }
  async startGroup(name: string, people: readonly Person[]): Promise<string> {
    const members = people.map((person) => person.id)
    return (await this.#client.channels.createGroup(name, members)).id
  }
  async members(id: string): Promise<Person[]> {
    const members = await this.#client.channels.members(id)
    return members.map(({ user, name, display_name }) => {
      if (name !== undefined) return { id: user, name, displayName: display_name || name }
      return { id: user, name: '', displayName: this.nameOf(user) }
    })
  }
  async add(id: string, person: Person): Promise<void> {
    await this.#client.channels.add(id, person.id)
  }
  async leave(id: string): Promise<void> {
    await this.#client.channels.leave(id)
    this.#timelines.delete(id)
    this.#lines.delete(id)
  }

  timelineOf(id: string): Timeline {
    let timeline = this.#timelines.get(id)
    if (timeline === undefined) {
      timeline = new Timeline(async (query) => {
        const page = await this.#client.history(id, query)
        return page.items.map((message) => lineOfMessage(message, this.#me.value?.id))
      })
      this.#timelines.set(id, timeline)
    }
    return timeline
  }
  /** The lines of a conversation, those on their way included. */
  linesOf(id: string): ReadonlySignal<readonly Line[]> {
    let lines = this.#lines.get(id)
    if (lines === undefined) {
      const log = this.timelineOf(id).lines
      lines = computed(() => {
        const entries = [...this.#acked.value, ...this.#outbox.value].filter((entry) => entry.channel === id)
        return joinLines(log.value, entries, this.#me.value?.id)
      })
      this.#lines.set(id, lines)
    }
    return lines
  }

  async open(id: string): Promise<void> {
    const channel = this.#client.channels.get(id)
    if (channel === undefined) return
    this.#open = id
    this.#freshAfter.value = channel.unread > 0 ? channel.read : 0
    const timeline = this.timelineOf(id)
    await timeline.start(channel.head)
    await timeline.reach(channel.head)
  }
  close(id: string): void {
    if (this.#open === id) this.#open = undefined
  }
  markRead(id: string, seq: number): void {
    const channel = this.#client.channels.get(id)
    if (channel !== undefined && seq > channel.read) this.#client.markRead(id, seq)
  }

  /** Throws when it can't be taken at all (the outbox is full). Its fate shows in its line. */
  send(id: string, text: string): void {
    this.#client.send(id, text).acked.catch(() => {
      // The line says so: `outbox` brings the failed entry.
    })
  }
  retry(key: string): void {
    this.#client.outbox.retry(cidOfKey(key))
  }
  discard(key: string): void {
    this.#client.outbox.discard(cidOfKey(key))
    this.#readOutbox()
  }

  #conversationOf(channel: Channel): Conversation {
    const me = this.#me.value?.id
    const direct = channel.kind === 'direct'
    const peer = direct ? (channel.peer ?? this.#people.peerOf(channel.id, me)) : undefined
    const newest = this.#previews.of(channel)
    const waiting = this.#outbox.value.findLast((entry) => entry.channel === channel.id)
    const last = waiting ? joinLines([], [waiting], me)[0] : newest && lineOfMessage(newest, me)
    return {
      id: channel.id,
      kind: channel.kind,
      title: direct
        ? peer === undefined
          ? '–'
          : this.nameOf(peer)
        : (channel.name ?? 'Group without a name'),
      members: channel.members,
      head: channel.head,
      read: channel.read,
      unread: channel.unread,
      peer,
      last,
    }
  }

  #readChannels(): void {
    this.#channels.value = this.#client.channels.list
    this.#loaded.value = this.#client.channels.loaded
    if (this.#link.value === 'online') void this.#previews.fill(this.#channels.value)
  }
  #readOutbox(changed?: OutboxEntry): void {
    this.#outbox.value = this.#client.outbox.list.filter((entry) => entry.status !== 'acked')
    if (changed?.status === 'acked') {
      const waiting = this.#acked.value.filter(
        (entry) => (entry.seq ?? 0) > this.timelineOf(entry.channel).last,
      )
      this.#acked.value = [...waiting, changed]
    } else if (changed?.status === 'failed') {
      announce('A message was not sent. It says why and what to do.', { urgent: true })
    }
  }

  #onMessage(event: MessageEvent): void {
    this.#timelines.get(event.channel)?.add(lineOfMessage(event, this.#me.value?.id))
    if (event.from === this.#me.value?.id || this.#link.value !== 'online') return
    const author = this.nameOf(event.from)
    if (this.#open === event.channel && this.#watching.value) announce(`${author}: ${textOf(event.body)}`)
    else announce(`New message from ${author}`)
  }
  #onState(state: ConnectionState): void {
    if (state.status === 'live') {
      this.#link.value = 'online'
      this.#people.refresh()
      this.#readChannels()
      this.#catchUp()
    } else if (state.status === 'offline') this.#link.value = 'offline'
    else if (state.status === 'stopped') this.#onStopped(state.reason)
    else if (this.#link.value !== 'offline') this.#link.value = 'connecting'
  }
  #onStopped(reason: Extract<ConnectionState, { status: 'stopped' }>['reason']): void {
    if (reason === 'replaced') this.#link.value = 'replaced'
    if (this.#me.value === undefined || (reason !== 'unauthenticated' && reason !== 'banned')) return
    this.#farewell.value =
      reason === 'banned'
        ? 'This account has been closed by the people who run this Weft. Ask them if you think that this is a mistake.'
        : 'Your session has ended. Log in again to go on; messages that wait here are kept.'
    this.#me.value = undefined
  }
  #catchUp(): void {
    for (const [id, timeline] of this.#timelines) {
      const head = this.#client.channels.get(id)?.head
      if (head !== undefined) void timeline.reach(head)
    }
  }
  #onVisibility(): void {
    this.#watching.value = document.visibilityState === 'visible'
    if (this.#watching.value) this.#client.reconnect()
    else if (this.#open !== undefined) this.#freshAfter.value = this.timelineOf(this.#open).last
  }
}

export function createApp(): App {
  const app = new App(new WeftClient())
  void app.boot()
  return app
}
