import type { WeftError } from './errors.ts'
import type { Rights } from './rights.ts'
import type { TransportName } from './transport/transport.ts'

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
  /** In single profiles (`users.get`, `users.me`), where this user may see it. */
  readonly status?: UserStatus
}

/** What a person says of themselves, until a time (null: for good). */
export interface UserStatus {
  readonly text: string
  readonly emoji: string | null
  readonly until: Time | null
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
  /** The message that this is a reply to, in its thread. */
  readonly reply_to?: number
  /** The message that the thread began with. */
  readonly thread?: number
  /** The message that it quotes, outside of any thread. */
  readonly quote?: number
  readonly mentions?: readonly UserId[]
  readonly mention_all?: MentionAll
  /** Where it was first said, as far as its readers may know. */
  readonly forwarded?: Forwarded
  /** It disappears then. */
  readonly expires_at?: Time
  readonly edited_at?: Time
  /** Its body is gone. */
  readonly deleted?: boolean
  readonly reactions?: readonly Reaction[]
  readonly pinned?: boolean
  /** Of a message that a thread began with: how many replies, those that were deleted included, and the newest. */
  readonly thread_replies?: { readonly count: number; readonly last: number }
}

export interface ThreadReply {
  readonly seq: number
  readonly from: UserId
  readonly at: Time
}
/** A thread as this user sees it; a new object whenever anything in it changes. */
export interface Thread {
  readonly channel: ChannelId
  /** The seq of the message that it began with. */
  readonly thread: number
  readonly root: Message
  /** Those that were deleted included. */
  readonly replies: number
  /** The newest reply. */
  readonly last: ThreadReply
  /** This user has read it up to here. */
  readonly read: number
  /** Replies after that, and after they joined, that are neither theirs nor deleted; counted up to 1,000. */
  readonly unread: number
  /** They wrote the first message or a reply, or are named in one. */
  readonly following: boolean
}
export interface ThreadQuery {
  /** 1–200; 50 by default. */
  readonly limit?: number
  /** The `next` of an earlier page. */
  readonly cursor?: string
}
export interface ThreadPage {
  /** The one with the newest reply first; may be fewer than `limit`. */
  readonly items: readonly Thread[]
  readonly next: string | null
}

/** Everyone in the channel, or everyone who is there just now. */
export type MentionAll = 'channel' | 'here'
export interface Forwarded {
  readonly channel?: ChannelId
  readonly seq?: number
  readonly from: UserId
}
/** A pinned message as it is now, and who pinned it when. */
export interface Pin {
  readonly message: Message
  readonly by: UserId
  readonly at: Time
}
/** What a message said from then on. */
export interface Version {
  readonly body: Body
  readonly at: Time
  readonly by: UserId
  readonly mentions?: readonly UserId[]
}
export interface Reaction {
  readonly emoji: string
  readonly count: number
  /** Whether I am among them. */
  readonly mine: boolean
}

/** Who reacted with an emoji: the first to react first, at most 100. */
export interface Reactors {
  readonly emoji: string
  readonly count: number
  readonly users: readonly UserId[]
}

/** What a person says of themselves; an invisible one is offline to others. */
export type SaidStatus = 'online' | 'away' | 'busy' | 'invisible'
export type SeenStatus = 'online' | 'away' | 'busy' | 'offline'
export interface Presence {
  readonly user: UserId
  readonly status: SeenStatus
  /** When they were last there; null: never, or not for me to know. */
  readonly last_seen?: Time | null
  readonly text?: string
}

/** How far others have got in a channel. */
export interface Mark {
  readonly delivered: number
  readonly read: number
}
/** How far one of my messages has got: kept by the server, on a device of everyone's, read by everyone. */
export type Tick = 'sent' | 'delivered' | 'read'

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
  /** Of those, the messages that mention this user or all; counted up to 1,000. */
  readonly mentions: number
  readonly muted: boolean
  /** Where it is muted: until when (null: for ever), and whether mentions come through. */
  readonly mute?: { readonly until: Time | null; readonly mentions: boolean }
  readonly role: string
  readonly rev: number
  readonly fanout: 'queue' | 'read'
  /** What it is about just now. */
  readonly topic: string | null
  readonly avatar: string | null
  readonly description: string | null
  /** Anyone finds it by its name, and may join. */
  readonly public: boolean
  /** It can be read and left; nothing is written in it. */
  readonly archived: boolean
  /** What differs from how its kind begins; see `can`. */
  readonly rights: Partial<Rights>
  /** Messages disappear so long after they were sent; null: never. */
  readonly disappear_after_s: number | null
  /** The other user of a direct channel, as far as the server or a message said. */
  readonly peer?: UserId
  /** The newest message, as far as known. */
  readonly last?: Message
  /** How far others have got, as far as receipts came; see `tickOf`. */
  readonly marks?: Readonly<Record<UserId, Mark>>
}

export interface Member {
  readonly user: UserId
  readonly role?: string
  readonly name?: string
  readonly display_name?: string
}

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
  | { readonly status: 'catching-up'; readonly transport: TransportName }
  | { readonly status: 'live'; readonly transport: TransportName }
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
  /** The message that this answers, in its thread. */
  readonly replyTo?: number
  /** The message that this quotes, outside of any thread. */
  readonly quote?: number
  readonly mentions?: readonly UserId[]
  /** Only where one's role has the right to it. */
  readonly mentionAll?: MentionAll
  /** The message that this one passes on; `body` is what it says. */
  readonly forward?: { readonly channel: ChannelId; readonly seq: number }
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

export interface HistoryQuery {
  /** At most one of these three: seqs. None: the newest. */
  readonly before?: number
  readonly after?: number
  readonly around?: number
  /** The replies of the thread that began with this message, and no others; not with `around`. */
  readonly thread?: number
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

export interface AuthSession {
  readonly user: User
  readonly expiresAt: number
}
