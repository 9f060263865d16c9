import { computed, type ReadonlySignal, signal } from '@preact/signals'
import {
  type Channel,
  type Client,
  type ConnectionState,
  type MessageEvent,
  type Mine,
  type SendOptions,
  type StopReason,
  type Tick,
  tickOf,
  WeftClient,
  WeftError,
} from '../../sdk/src/mod.ts'
import { Administration, rightsIn } from './administration.ts'
import { announce } from './announce.ts'
import { Beside } from './beside.ts'
import { Drafts } from './drafts.ts'
import { learnFace } from './faces.ts'
import { forgetAll, keep, recall } from './keep.ts'
import { joinLines, lineOfMessage, textOf } from './lines.ts'
import { type Link, LinkState } from './link.ts'
import { plainText } from './markup.ts'
import { Mutes } from './mutes.ts'
import { People, personOf } from './people.ts'
import { PresenceBoard } from './presence.ts'
import { Previews } from './previews.ts'
import { inviteHref, messageHref, replace, route } from './route.ts'
import { MyStatus } from './status.ts'
import { Threads } from './threads.ts'
import { Transcripts } from './transcripts.ts'
import type { Conversation, Line, Member, Person } from './types.ts'
import { Typing } from './typing.ts'

/** Of a search, at the most. */
const PEOPLE_FOUND = 10

/** Everything the page knows and does: the SDK's client, as signals. */
export class App {
  readonly #client: Client
  readonly #people: People
  readonly #previews: Previews
  readonly transcripts: Transcripts
  readonly typing: Typing
  readonly presence: PresenceBoard
  readonly mutes: Mutes
  readonly admin: Administration
  readonly beside: Beside
  readonly status: MyStatus
  readonly drafts: Drafts
  readonly threads: Threads
  readonly #channels = signal<readonly Channel[]>([])

  readonly #me = signal<Person | undefined>(undefined)
  readonly #connection = new LinkState()
  readonly #loaded = signal(false)
  readonly #booted = signal(false)
  readonly #watching = signal(document.visibilityState === 'visible')
  /** Why one was logged out without asking for it. */
  readonly #farewell = signal<string | undefined>(undefined)

  readonly conversations = computed(() =>
    this.#channels.value.map((channel) => this.#conversationOf(channel)),
  )
  readonly unreadTotal = computed(() =>
    this.#channels.value.reduce((sum, channel) => sum + channel.unread, 0),
  )

  /** Of those, with replies that the person at this page follows and hasn't read. */
  readonly unreadThreads = computed(() => {
    const ids = new Set(this.#channels.value.map(({ id }) => id))
    return this.threads.unread.value.filter(({ channel }) => ids.has(channel))
  })

  constructor(client: Client) {
    this.#client = client
    this.#people = new People(client)
    this.#previews = new Previews(client)
    this.transcripts = new Transcripts(client, this.#me)
    this.typing = new Typing(client)
    this.presence = new PresenceBoard(client)
    this.mutes = new Mutes(client)
    this.admin = new Administration(client, this.#people)
    this.beside = new Beside(client)
    this.status = new MyStatus(client)
    this.drafts = new Drafts(client)
    this.threads = new Threads(client)
    client.on('channels', () => this.#readChannels())
    client.on('message', (event) => this.#onMessage(event))
    client.on('state', (state) => this.#onState(state))
    client.on('problem', (problem) => console.warn(problem))
    addEventListener('online', () => client.reconnect())
    document.addEventListener('visibilitychange', () => this.#onVisibility())
  }

  /** What one keeps of one's own, in step on all devices. */
  get mine(): Mine {
    return this.#client.mine
  }
  get me(): ReadonlySignal<Person | undefined> {
    return this.#me
  }
  get link(): ReadonlySignal<Link> {
    return this.#connection.link
  }
  get slow(): ReadonlySignal<boolean> {
    return this.#connection.slow
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
  get farewell(): ReadonlySignal<string | undefined> {
    return this.#farewell
  }

  async boot(): Promise<void> {
    try {
      await this.#client.start()
      this.#enter()
    } catch (error) {
      console.error(error)
      this.#farewell.value =
        'This browser doesn’t let Weft keep anything on this device. Allow it to store data for this site, then reload the page.'
    }
    this.#booted.value = true
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
    forgetAll()
    location.hash = ''
    location.reload()
  }
  async #start(): Promise<void> {
    this.#farewell.value = undefined
    await this.#client.start()
    if (route.value.at === 'signup') {
      const { invite } = route.value
      replace(invite === undefined ? '#/' : inviteHref(invite))
    }
    this.#enter()
  }
  #enter(): void {
    const user = this.#client.accounts.current?.user
    if (user === undefined) return
    const before = recall('user')
    keep('user', user.id)
    if (before !== undefined && before !== user.id) {
      // Someone else's drafts and names are none of this one's business.
      forgetAll()
      keep('user', user.id)
      location.reload()
      return
    }
    this.#people.learn(personOf(user))
    this.#me.value = personOf(user)
    this.#readChannels()
    this.transcripts.read()
  }
  /** Connects at once; takes the connection back from another tab too. */
  reconnect(): void {
    this.#client.start().then(() => this.#client.reconnect(), console.warn)
  }

  /** Throws when it can't be taken at all (the outbox is full). */
  say(id: string, text: string, options: SendOptions = {}): void {
    this.transcripts.send(id, text, options)
  }
  typed(id: string, on: boolean): void {
    this.typing.say(id, on)
  }

  nameOf(id: string): string {
    return this.#people.nameOf(id)
  }
  /** Whom the names in a line mean. */
  readonly mentioned =
    (line: Line) =>
    (name: string): 'me' | 'other' | undefined => {
      if (line.mentionAll === true && /^(channel|here)$/iu.test(name)) return 'me'
      const id = line.mentions?.find((one) => this.#people.userNameOf(one) === name.toLowerCase())
      if (id === undefined) return undefined
      return id === this.#me.value?.id ? 'me' : 'other'
    }
  /** Who said first what was passed on, and where, if that is a conversation of one's own. */
  originOf(forwarded: NonNullable<Line['forwarded']>) {
    const { from, channel, seq } = forwarded
    const chat = channel === undefined ? undefined : this.conversations.value.find(({ id }) => id === channel)
    return {
      author: from === this.#me.value?.id ? 'you' : this.nameOf(from),
      place: chat?.title ?? '',
      href: chat === undefined || seq === undefined ? undefined : messageHref(chat.id, seq),
    }
  }
  /** Throws `not_found` when nobody has this name. */
  async find(name: string): Promise<Person> {
    const user = await this.#client.users.find(name)
    if (user === undefined) throw new WeftError('not_found', `nobody is called ${name}`)
    this.#people.learn(personOf(user))
    return personOf(user)
  }
  /** Others whose name begins so. */
  async search(begins: string): Promise<Person[]> {
    const found = begins === '' ? [] : await this.#client.users.search(begins, { limit: PEOPLE_FOUND })
    const others = found.filter(({ id }) => id !== this.#me.value?.id).map(personOf)
    for (const person of others) this.#people.learn(person)
    return others
  }
  async updateProfile(displayName: string, avatar: string | null): Promise<void> {
    const user = await this.#client.users.updateMe({ display_name: displayName, avatar })
    this.#people.learn(personOf(user))
    this.#me.value = personOf(user)
  }
  /** How far one of my messages has got. */
  tickOf(id: string, line: Line): Line['state'] | Tick {
    const channel = line.state === 'sent' && line.mine ? this.#client.channels.get(id) : undefined
    return channel === undefined || line.seq === 0 ? line.state : tickOf(channel, line.seq)
  }
  react(id: string, line: Line, emoji: string, on: boolean): Promise<void> {
    return this.#client.messages.react(id, line.seq, emoji, on)
  }
  edit(id: string, line: Line, text: string, mentions: readonly string[] | undefined): Promise<void> {
    return this.#client.messages.edit(id, line.seq, text, mentions === undefined ? {} : { mentions })
  }
  remove(id: string, line: Line): Promise<void> {
    return this.#client.messages.delete(id, line.seq)
  }
  async startDirect(person: Person): Promise<string> {
    return (await this.#client.channels.createDirect(person.id)).id
  }
  async startGroup(
    kind: 'group' | 'broadcast',
    name: string,
    people: readonly Person[],
    isPublic: boolean,
  ): Promise<string> {
    const { channels } = this.#client
    const members = people.map((person) => person.id)
    const options = isPublic ? { public: true } : {}
    const made =
      kind === 'group'
        ? channels.createGroup(name, members, options)
        : channels.createBroadcast(name, members, options)
    return (await made).id
  }
  async members(id: string): Promise<Member[]> {
    const members = await this.#client.channels.members(id)
    return members.map((member) => this.#people.memberOf(member))
  }
  async add(id: string, person: Person): Promise<void> {
    await this.#client.channels.add(id, person.id)
  }
  async removeMember(id: string, person: Person): Promise<void> {
    await this.#client.channels.remove(id, person.id)
  }
  async leave(id: string): Promise<void> {
    await this.#client.channels.leave(id)
    this.transcripts.forget(id)
  }

  #conversationOf(channel: Channel): Conversation {
    const me = this.#me.value?.id
    const direct = channel.kind === 'direct'
    const peer = direct ? (channel.peer ?? this.#people.peerOf(channel.id, me)) : undefined
    const newest = this.#previews.of(channel)
    const waiting = this.transcripts.outbox.value.findLast((entry) => entry.channel === channel.id)
    const last = waiting ? joinLines([], [waiting], me)[0] : newest && lineOfMessage(newest, me)
    return {
      id: channel.id,
      kind: channel.kind,
      title: direct
        ? peer === undefined
          ? '–'
          : this.nameOf(peer)
        : (channel.name ?? (channel.kind === 'group' ? 'Group without a name' : 'Channel without a name')),
      members: channel.members,
      head: channel.head,
      read: channel.read,
      unread: channel.unread,
      mentions: channel.mentions,
      muted: this.mutes.has(channel),
      role: channel.role,
      ...rightsIn(channel),
      topic: channel.topic,
      avatar: channel.avatar,
      description: channel.description,
      public: channel.public,
      archived: channel.archived,
      disappearAfterS: channel.disappear_after_s,
      rev: channel.rev,
      peer,
      last,
    }
  }

  #readChannels(): void {
    this.#channels.value = this.#client.channels.list
    for (const { id, avatar } of this.#channels.value) learnFace(id, avatar)
    this.#loaded.value = this.#client.channels.loaded
    if (this.link.value === 'online') void this.#previews.fill(this.#channels.value)
  }
  #onMessage(event: MessageEvent): void {
    this.transcripts.add(event)
    if (event.from === this.#me.value?.id || this.link.value !== 'online') return
    const author = this.nameOf(event.from)
    if (this.transcripts.opened === event.channel && this.#watching.value)
      announce(`${author}: ${plainText(textOf(event.body))}`)
    else announce(`New message from ${author}`)
  }
  #onState(state: ConnectionState): void {
    this.#connection.follow(state)
    if (state.status === 'stopped') this.#onStopped(state.reason)
    if (state.status !== 'live') return
    this.#people.refresh()
    void this.#refreshMe()
    void this.mutes.refresh()
    void this.drafts.refresh(this.#client.channels.list.map(({ id }) => id))
    this.#readChannels()
    this.transcripts.catchUp()
  }
  /** One's name may have been changed on another device. */
  async #refreshMe(): Promise<void> {
    try {
      const user = await this.#client.users.me()
      const me = personOf(user)
      this.status.told(user.status)
      this.#people.learn(me)
      if (this.#me.value?.id === me.id) this.#me.value = me
    } catch (error) {
      console.warn(error)
    }
  }
  #onStopped(reason: StopReason): void {
    if (this.#me.value === undefined || (reason !== 'unauthenticated' && reason !== 'banned')) return
    this.#farewell.value =
      reason === 'banned'
        ? 'This account has been closed by the people who run this Weft. Ask them if you think that this is a mistake.'
        : 'Your session has ended. Log in again to go on; messages that wait here are kept.'
    this.#me.value = undefined
  }
  #onVisibility(): void {
    this.#watching.value = document.visibilityState === 'visible'
    if (this.#watching.value) this.#client.reconnect()
    else this.transcripts.lookAway()
  }
}

export function createApp(): App {
  const app = new App(new WeftClient())
  void app.boot()
  return app
}
