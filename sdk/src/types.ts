import type { WeftError } from './errors.ts'

declare const flavor: unique symbol
/** A string that the compiler won't take for another kind of id; plain strings are accepted. */
type Id<Name extends string> = string & { readonly [flavor]?: Name }

export type UserId = Id<'UserId'>
export type DeviceId = Id<'DeviceId'>
export type ChannelId = Id<'ChannelId'>
/** The id that a client gives a send before it leaves (UUIDv7). */
export type Cid = Id<'Cid'>
/** A place in the user's queue: `<epoch>:<n>`. */
export type Cursor = string
/** RFC 3339, UTC, milliseconds. */
export type Time = string

/** Text of at most 16 KiB, or an object (with `text`, by custom) of at most 48 KiB as JSON. */
export type Body = string | { readonly [key: string]: unknown }

export interface User {
  readonly id: UserId
  readonly name: string
  readonly display_name: string
  readonly avatar?: string | null
}

export interface Message {
  readonly channel: ChannelId
  /** 1, 2, 3, … in its channel, without holes. */
  readonly seq: number
  readonly from: UserId
  readonly device: DeviceId
  readonly at: Time
  readonly cid: Cid
  readonly body: Body
  readonly reply_to?: number
  readonly mentions?: readonly UserId[]
  readonly edited_at?: Time
  readonly deleted?: boolean
  readonly reactions?: unknown
}

export type ChannelKind = 'direct' | 'group' | 'broadcast'

/** A channel as this user sees it; a new object whenever anything in it changes. */
export interface Channel {
  readonly id: ChannelId
  readonly kind: ChannelKind
  readonly name: string | null
  /** How many members. */
  readonly members: number
  /** The newest message's seq; 0 without any. */
  readonly head: number
  /** This user has read up to here. */
  readonly read: number
  /** Messages after max(read, join) that are neither mine nor thread replies. */
  readonly unread: number
  readonly muted: boolean
  readonly role: string
  readonly rev: number
  readonly fanout: 'queue' | 'read'
  /** The other user of a direct channel, as far as the server or a message said. */
  readonly peer?: UserId
  /** The newest message, as far as known. */
  readonly last?: Message
}

export interface Member {
  readonly user: UserId
  readonly role?: string
  readonly name?: string
  readonly display_name?: string
}

export interface MessageEvent extends Message {
  readonly kind: 'message'
}
export interface EditedEvent {
  readonly kind: 'edited'
  readonly channel: ChannelId
  readonly seq: number
  readonly body: Body
  readonly edited_at?: Time
}
export interface DeletedEvent {
  readonly kind: 'deleted'
  readonly channel: ChannelId
  readonly seq: number
}
export interface ReactionEvent {
  readonly kind: 'reaction'
  readonly channel: ChannelId
  readonly seq: number
  readonly user: UserId
  readonly emoji: string
  readonly on: boolean
}
export interface ReadEvent {
  readonly kind: 'read'
  readonly channel: ChannelId
  readonly user: UserId
  readonly seq: number
}
export interface DeliveredEvent {
  readonly kind: 'delivered'
  readonly channel: ChannelId
  readonly user: UserId
  readonly seq: number
}
export interface TypingEvent {
  readonly kind: 'typing'
  readonly channel: ChannelId
  readonly user: UserId
  readonly on: boolean
}
export interface PresenceEvent {
  readonly kind: 'presence'
  readonly user: UserId
  readonly status: string
  readonly last_seen?: Time
}
export interface ChannelEvent {
  readonly kind: 'channel'
  readonly change: 'created' | 'changed' | 'joined' | 'left' | 'removed'
  readonly channel: ChannelId
  readonly rev?: number
  readonly at?: Time
  readonly by?: UserId
  /** Who joined, left or was removed. */
  readonly user?: UserId
  readonly name?: string | null
  readonly channel_kind?: ChannelKind
  readonly members?: number
  readonly head?: number
}
export interface HeadEvent {
  readonly kind: 'head'
  readonly channel: ChannelId
  readonly seq: number
  readonly rev?: number
}
export interface ProfileEvent extends Partial<Omit<User, 'id'>> {
  readonly kind: 'profile'
  readonly user: UserId
}
export interface SettingsEvent {
  readonly kind: 'settings'
  readonly [key: string]: unknown
}

/** What the server puts into a user's queue. Kinds that this version doesn't know arrive only through `on('event')`. */
export type WeftEvent =
  | MessageEvent
  | EditedEvent
  | DeletedEvent
  | ReactionEvent
  | ReadEvent
  | DeliveredEvent
  | TypingEvent
  | PresenceEvent
  | ChannelEvent
  | HeadEvent
  | ProfileEvent
  | SettingsEvent
export type WeftEventKind = WeftEvent['kind']

export type StopReason =
  /** `stop()` was called, or `start()` not yet. */
  | 'stopped'
  /** Nobody is logged in, or the log-in has ended: log in, then `start()`. */
  | 'unauthenticated'
  /** The operator has banned this user. */
  | 'banned'
  /** A newer session of this same device took over; `start()` takes it back. */
  | 'replaced'

export type ConnectionState =
  /** Between attempts. `retryAt` (ms since 1970) is the next one; `problem` is why the last one ended. */
  | { readonly status: 'offline'; readonly retryAt?: number; readonly problem?: WeftError }
  | { readonly status: 'connecting' }
  /** Connected; what was missed is arriving. */
  | { readonly status: 'catching-up' }
  | { readonly status: 'live' }
  | { readonly status: 'stopped'; readonly reason: StopReason; readonly problem?: WeftError }

export type AckLevel = 'region' | 'global'

export interface Ack {
  readonly channel: ChannelId
  readonly seq: number
  readonly at: Time
  readonly cid: Cid
  /** The server had this cid already: this is its first answer. */
  readonly duplicate: boolean
  readonly level?: AckLevel
}

export interface SendOptions {
  /** `region` by default. */
  readonly ack?: AckLevel
  readonly replyTo?: number
  readonly mentions?: readonly UserId[]
}

export type OutboxStatus = 'queued' | 'sent' | 'acked' | 'failed'

/** One send. A new object with the same `cid` whenever its status changes (`on('outbox')`). */
export interface OutboxEntry {
  readonly cid: Cid
  readonly channel: ChannelId
  readonly body: Body
  readonly options: SendOptions
  readonly createdAt: Time
  /** Its place among all entries: the lower leaves first. */
  readonly order: number
  /** `acked` means durable. A `failed` one stays until `retry` or `discard`. */
  readonly status: OutboxStatus
  /** With `acked`. */
  readonly seq?: number
  readonly at?: Time
  /** With `failed`: why. */
  readonly error?: WeftError
}

/** What `send` returns: the entry as it is now, and the promise of its end. */
export interface Sending extends OutboxEntry {
  /** Rejects with a `WeftError` when the entry fails, is discarded, or the client is logged out. */
  readonly acked: Promise<Ack>
}

/** What is missed after a `reset` isn't replayed: fetch again what is on screen. `channels` is up to date already. */
export interface ResetNotice {
  readonly reason: string
  readonly cursor: Cursor
}

/** Everything that `on` knows, by kind. */
export interface ClientEvents {
  message: MessageEvent
  edited: EditedEvent
  deleted: DeletedEvent
  reaction: ReactionEvent
  read: ReadEvent
  delivered: DeliveredEvent
  typing: TypingEvent
  presence: PresenceEvent
  channel: ChannelEvent
  head: HeadEvent
  profile: ProfileEvent
  settings: SettingsEvent
  /** Every event of the queue, of kinds unknown to this version too. */
  event: { readonly kind: string }
  /** The connection's state changed. */
  state: ConnectionState
  /** An entry of the outbox was added or changed. */
  outbox: OutboxEntry
  /** The collection of channels changed: these ids. */
  channels: readonly ChannelId[]
  reset: ResetNotice
  /** Something went wrong that no call of yours reports (a handler that threw, a store that doesn't write). */
  problem: Error
}

export interface HistoryQuery {
  /** At most one of these three: seqs. None: the newest. */
  readonly before?: number
  readonly after?: number
  readonly around?: number
  /** 1–200; 50 by default. */
  readonly limit?: number
}

export interface HistoryPage {
  /** Ascending by seq. */
  readonly items: readonly Message[]
  /** The page stopped short of `limit`: the cursor that goes on. */
  readonly next: string | null
  /** The server couldn't make the page complete now. */
  readonly partial: boolean
}

/** Keys and JSON values that survive a reload. One store serves one person's device. */
export interface Store {
  get(key: string): Promise<unknown>
  /** Every pair whose key begins with `prefix`, in the order of the keys. */
  list(prefix: string): Promise<[key: string, value: unknown][]>
  /** Writes all or nothing; `undefined` deletes. */
  write(changes: ReadonlyMap<string, unknown>): Promise<void>
  close(): Promise<void>
}

/** A customer's own tokens. `stale` is the token that was refused, if one was. */
export type TokenProvider = (options: { stale?: string }) => Promise<string>

export interface AuthSession {
  readonly user: User
  readonly expiresAt: number
}

/** The part of `WebSocket` that is used. */
export interface Socket {
  readonly readyState: number
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}
export type SocketConstructor = new (url: string, protocols?: string | string[]) => Socket

export interface WeftOptions {
  /** Where Weft answers, e.g. `https://chat.example.org`. In a browser: the page's own origin by default. */
  readonly url?: string
  /** This installation's id. By default one is made and kept in the store. */
  readonly device?: DeviceId
  /** A provider of a customer's own tokens; without it `accounts.logIn` is how one gets in. */
  readonly auth?: TokenProvider
  /** IndexedDB in browsers and memory elsewhere by default. */
  readonly store?: Store
  /** Tabs and stores that share this name share one connection and one outbox; `weft` by default. */
  readonly name?: string
  /** Whether tabs share one connection; by default where Web Locks and BroadcastChannel exist. */
  readonly shareTabs?: boolean
  readonly fetch?: typeof globalThis.fetch
  readonly webSocket?: SocketConstructor
  readonly limits?: Partial<Limits>
}

/** Every limit and time-out, with its default in `limits.ts`. */
export interface Limits {
  /** First reconnection within this; doubles with each failure. */
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** Connected for so long, the next back-off begins from the base again. */
  readonly backoffResetMs: number
  /** From opening the socket to `welcome`. */
  readonly connectTimeoutMs: number
  /** From a request to its answer; then the connection is given up. */
  readonly requestTimeoutMs: number
  readonly httpTimeoutMs: number
  /** Sends on their way at once in one channel. */
  readonly inFlightPerChannel: number
  /** Sends on their way at once in all. */
  readonly inFlight: number
  /** Entries in the outbox, failed ones included. */
  readonly outboxEntries: number
  /** `received` and the cursor's write are put off by so much, to take in what follows. */
  readonly receivedDelayMs: number
  readonly readDelayMs: number
  /** `sync` requests without progress, then a snapshot. */
  readonly syncAttempts: number
}
