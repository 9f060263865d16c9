import type { ClientEvents, WeftEvent } from '../events.ts'
import type { Role } from '../rights.ts'
import type {
  AuthSession,
  Body,
  Channel,
  ChannelId,
  Cid,
  ConnectionState,
  DeviceId,
  HistoryPage,
  HistoryQuery,
  Member,
  Message,
  OutboxEntry,
  Pin,
  Presence,
  Reactors,
  SaidStatus,
  Sending,
  SendOptions,
  Thread,
  ThreadPage,
  ThreadQuery,
  User,
  UserId,
  UserStatus,
  Version,
} from '../types.ts'
import type {
  Bans,
  ChannelBeginnings,
  ChannelPreview,
  ChannelSettings,
  Invites,
  Page,
  PageQuery,
} from './administration.ts'
import type { Mine } from './mine.ts'

export type Unsubscribe = () => void
export type Handler<Kind extends keyof ClientEvents> = (event: ClientEvents[Kind]) => void

/** Names and passwords. Tokens are kept in the store, refreshed by themselves, once for all tabs. */
export interface Accounts {
  /** Who is logged in, as far as the store knows; `undefined` before `client.start()` or `load()`. */
  readonly current: AuthSession | undefined
  /** Makes an account and logs in. Errors: `conflict` (the name is taken), `bad_frame`, `forbidden`. */
  signUp(name: string, password: string, options?: { displayName?: string }): Promise<User>
  /** Errors: `unauthenticated` (wrong name or password), `rate_limited`. Then call `client.start()`. */
  logIn(name: string, password: string): Promise<User>
  /** Ends the session, here and on the server (as far as it answers), stops, and wipes this device's store. */
  logOut(): Promise<void>
}

/** The user's channels, kept true by events. */
export interface Channels {
  /** Whether the list has been loaded (from the store or from the server). */
  readonly loaded: boolean
  /** By newest activity first. A new array whenever anything changed. */
  readonly list: readonly Channel[]
  get(id: ChannelId): Channel | undefined
  /** `direct` with the same user returns the same channel. */
  createDirect(user: UserId): Promise<Channel>
  createGroup(name: string, members: readonly UserId[], options?: ChannelBeginnings): Promise<Channel>
  /** Large, and written once whatever its size: see `open`. */
  createBroadcast(name: string, members?: readonly UserId[], options?: ChannelBeginnings): Promise<Channel>
  /** What is given changes, the rest stays; needs the right `settings`. Errors: `forbidden`, `conflict` (archived). */
  update(id: ChannelId, changes: Partial<ChannelSettings>): Promise<Channel>
  /** As its owner, to another member; one is an admin from then on. */
  transfer(id: ChannelId, user: UserId): Promise<Channel>
  /** Public channels whose name has a word that begins with each of these; all of them without any. */
  findPublic(words: string, query?: PageQuery): Promise<Page<ChannelPreview>>
  /** A public one. Errors: `forbidden` (banned), `conflict` (archived), `not_found`, `too_large` (full). */
  join(id: ChannelId): Promise<Channel>
  /** All of them, however many. */
  members(id: ChannelId): Promise<Member[]>
  /** A page of them, ascending by id. */
  memberPage(id: ChannelId, query?: PageQuery): Promise<Page<Member>>
  add(id: ChannelId, user: UserId, options?: { role?: string }): Promise<void>
  /** As an owner or admin, up to one's own. Errors: `conflict` (of the only owner: hand it over first). */
  setRole(id: ChannelId, user: UserId, role: Role): Promise<void>
  remove(id: ChannelId, user: UserId): Promise<void>
  leave(id: ChannelId): Promise<void>
  readonly bans: Bans
  readonly invites: Invites
  /** All that is pinned there, the newest pin first; changes come by `on('pinned')`, and by deletions. */
  pins(id: ChannelId): Promise<Pin[]>
  /** Live events of a large channel while it is on the screen; without it only its `head` moves. */
  open(id: ChannelId): Unsubscribe
}

/** What was sent and isn't settled; in the order sent. */
export interface Outbox {
  /** Whether what the store keeps has been loaded. */
  readonly loaded: boolean
  readonly list: readonly OutboxEntry[]
  of(channel: ChannelId): readonly OutboxEntry[]
  get(cid: Cid): OutboxEntry | undefined
  /** Puts a failed entry at the channel's end again, with its cid. */
  retry(cid: Cid): void
  /** Forgets a failed entry, or a queued one that was never sent. Returns false if it may be on its way. */
  discard(cid: Cid): boolean
}

export interface ProfileChanges {
  readonly display_name?: string
  readonly avatar?: string | null
  /** null takes it away. */
  readonly status?: UserStatus | null
}

export interface Users {
  get(id: UserId): Promise<User>
  /** The user of exactly this name, without regard to case; `undefined` if there is none. */
  find(name: string): Promise<User | undefined>
  /** Users whose name begins so, without regard to case, ascending by name; 50 at the most, or `limit`. */
  search(begins: string, options?: { limit?: number }): Promise<User[]>
  me(): Promise<User>
  /** What is given changes. Errors: `bad_frame` (a status that says nothing, or is over already). */
  updateMe(changes: ProfileChanges): Promise<User>
}

/** What was said, changed. Done again, each changes nothing more; a lost connection is waited out for a while. */
export interface Messages {
  /** One's own. Errors: `forbidden`, `not_found`, `conflict` (it was deleted), `too_large`, `offline`. */
  edit(
    channel: ChannelId,
    seq: number,
    body: Body,
    /** Whom it mentions from now on; without it, whom it did. */
    options?: { mentions?: readonly UserId[] },
  ): Promise<void>
  /** For everyone; one's own, or as a moderator. */
  delete(channel: ChannelId, seq: number): Promise<void>
  react(channel: ChannelId, seq: number, emoji: string, on?: boolean): Promise<void>
  /** Who reacted, by emoji. Errors: `not_found` (also of a message that was deleted). */
  reactors(channel: ChannelId, seq: number): Promise<Reactors[]>
  /** By right; at most 100 a channel. Errors: `forbidden`, `not_found`, `conflict` (deleted, or too many). */
  pin(channel: ChannelId, seq: number, on?: boolean): Promise<void>
  /**
   * All that a message said, oldest first: the original, and the newest 100 edits. One's own, or as a moderator. Errors:
   * `forbidden`, `not_found` (deleted).
   */
  versions(channel: ChannelId, seq: number): Promise<Version[]>
  /** A channel's threads, the newest reply first. What was fetched is kept true: changes come by `on('threads')`. */
  threads(channel: ChannelId, query?: ThreadQuery): Promise<ThreadPage>
  /** Of all channels, those that I follow and that have unread replies; of the 500 that I took part in last. */
  followedThreads(query?: ThreadQuery): Promise<ThreadPage>
  /** A thread that was fetched, as it is now. */
  thread(channel: ChannelId, seq: number): Thread | undefined
}

/** Who is there. Known of those who are watched; changes come by `on('presence')`. */
export interface Presences {
  get(user: UserId): Presence | undefined
  /** Until it is called off; what several places watch is watched until the last of them calls it off. */
  watch(users: readonly UserId[]): Unsubscribe
  /** What this device says of its user. Where nobody looks at it for `awayMs`, `online` becomes `away` by itself. */
  set(status: SaidStatus, text?: string): void
}

/**
 * A window on a channel's messages: without holes, ascending, kept true by events: edits, reactions, deletions, messages
 * that disappear. At most 1,000 are held; the far end is let go of. A new array whenever anything changed.
 */
export interface Timeline {
  readonly channel: ChannelId
  readonly messages: readonly Message[]
  readonly loaded: boolean
  readonly hasOlder: boolean
  /** False: the window ends at the head, and follows it. */
  readonly hasNewer: boolean
  onChange(handler: () => void): Unsubscribe
  loadNewest(): Promise<void>
  loadAround(seq: number): Promise<void>
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
  /** Lets go of it, and of the channel's live events if nothing else holds them. */
  close(): void
}

/** The client. Construct it, `accounts.logIn` (or give `auth`), `start()`. */
export interface Client {
  readonly accounts: Accounts
  readonly channels: Channels
  readonly outbox: Outbox
  readonly users: Users
  readonly messages: Messages
  readonly presence: Presences
  readonly mine: Mine
  readonly state: ConnectionState
  /** Who this is; known from the log-in or the first `welcome` on, and from the store after a reload. */
  readonly user: UserId | undefined
  /** Known once `start()` has resolved. */
  readonly device: DeviceId | undefined

  /** Loads the store, then connects and stays connected. Resolves when the store is loaded; safe to call again. */
  start(): Promise<void>
  /** Disconnects; everything unsent stays in the store. `start()` goes on. */
  stop(): Promise<void>
  /** Tries to connect at once if it is waiting to. */
  reconnect(): void

  on<Kind extends keyof ClientEvents>(kind: Kind, handler: Handler<Kind>): Unsubscribe
  /** Events from now on, for `for await`. `buffer` unread ones (1,000) are held; past that it throws `overflow`. */
  events(options?: { buffer?: number }): AsyncIterableIterator<WeftEvent>

  /** Never waits and never throws for the network: the entry is in the outbox. In order within a channel. */
  send(channel: ChannelId, body: Body, options?: SendOptions): Sending
  /** Coalesced; only rises. `channels` shows it at once; with `thread` it is of that thread alone (`on('threads')`). */
  markRead(channel: ChannelId, seq: number, options?: { thread?: number }): void
  /** Call it with every key: said when it begins, again while it lasts, and over by itself. Lost freely. */
  typing(channel: ChannelId, on: boolean): void
  /** Who types there now; changes come by `on('typing')`, the end of it too. */
  typists(channel: ChannelId): readonly UserId[]
  /** Unread messages of the channels that aren't muted, and of those that are, the mentions that come through; counted here. */
  readonly badge: number
  /** A window on the channel's messages, loading its newest page of `limit` (50); `close` it when it leaves the screen. */
  timeline(channel: ChannelId, options?: { limit?: number }): Timeline
  history(channel: ChannelId, query?: HistoryQuery): Promise<HistoryPage>
}
