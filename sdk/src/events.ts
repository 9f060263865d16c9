import type { Rights } from './rights.ts'
import type {
  Body,
  ChannelId,
  ChannelKind,
  ConnectionState,
  MentionAll,
  Message,
  OutboxEntry,
  Presence,
  ResetNotice,
  Thread,
  Time,
  User,
  UserId,
} from './types.ts'

export interface MessageEvent extends Message {
  readonly kind: 'message'
  /** In live events of an opened channel. */
  readonly rev?: number
}
export interface EditedEvent {
  readonly kind: 'edited'
  readonly channel: ChannelId
  readonly seq: number
  readonly body: Body
  readonly rev?: number
  readonly at?: Time
  readonly by?: UserId
  readonly edited_at?: Time
  readonly mentions?: readonly UserId[]
}
export interface PinnedEvent {
  readonly kind: 'pinned'
  readonly channel: ChannelId
  readonly seq: number
  readonly on: boolean
  readonly rev?: number
  readonly at?: Time
  readonly by?: UserId
}
export interface DeletedEvent {
  readonly kind: 'deleted'
  readonly channel: ChannelId
  readonly seq: number
  /** Nobody did it: its time was over. */
  readonly reason?: 'expired'
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
  /** Read up to seq in this thread alone. */
  readonly thread?: number
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
export interface PresenceEvent extends Presence {
  readonly kind: 'presence'
}
export interface ChannelEvent {
  readonly kind: 'channel'
  readonly change: 'created' | 'changed' | 'joined' | 'left' | 'removed'
  readonly channel: ChannelId
  readonly rev?: number
  readonly at?: Time
  readonly by?: UserId
  /** Who joined, left or was removed, or whose role changed. */
  readonly user?: UserId
  /** How many joined at once; `user` is absent then. */
  readonly count?: number
  /** The user's role from now on. */
  readonly role?: string
  /** The user was removed and can't come back. */
  readonly banned?: boolean
  readonly name?: string | null
  readonly channel_kind?: ChannelKind
  readonly members?: number
  readonly head?: number
  /** Whether messages are copied to queues, or read by `open`. */
  readonly fanout?: 'queue' | 'read'
  readonly topic?: string | null
  readonly avatar?: string | null
  readonly description?: string | null
  readonly public?: boolean
  readonly archived?: boolean
  readonly rights?: Partial<Rights>
  readonly disappear_after_s?: number | null
}
export interface HeadEvent {
  readonly kind: 'head'
  readonly channel: ChannelId
  readonly seq: number
  readonly rev?: number
  readonly mention_all?: MentionAll
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
  | PinnedEvent
  | ReadEvent
  | DeliveredEvent
  | TypingEvent
  | PresenceEvent
  | ChannelEvent
  | HeadEvent
  | ProfileEvent
  | SettingsEvent
export type WeftEventKind = WeftEvent['kind']

/** Everything that `on` knows, by kind. */
export interface ClientEvents {
  message: MessageEvent
  edited: EditedEvent
  deleted: DeletedEvent
  reaction: ReactionEvent
  pinned: PinnedEvent
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
  /** Threads that were fetched, and have changed since. */
  threads: readonly Thread[]
  reset: ResetNotice
  /** Something went wrong that no call of yours reports (a handler that threw, a store that doesn't write). */
  problem: Error
}
