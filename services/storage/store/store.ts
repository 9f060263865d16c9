import type { ChannelPreview, ChannelState, ExpiringEntry, UserShape } from '../../../shared/fabric/calls.ts'
import type { LogKind } from '../../../shared/fabric/registry.ts'
import type { UserArea } from '../../../shared/fabric/user-requests.ts'
import type { MessagePlace } from '../../../shared/fabric/wire/message-event.ts'
import type { ChannelId, Cid, DeviceId, SessionId, UserId } from '../../../shared/protocol/ids.ts'

/** How far a partition has been taken in, and the digest that its next pack must name. */
export type ProjectedPosition = {
  readonly pack: number
  readonly lineage: number
  readonly digest: Uint8Array
}

/** What one pack says: its records as they stand in it (`log-record.ts`, `sync-record.ts`), bodies sealed. */
export type PackRecords = {
  readonly lineage: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly records: readonly Uint8Array[]
}

/** Some packs of one partition, in their order, and the position after them. */
export type Group = {
  readonly kind: LogKind
  readonly partition: number
  readonly position: ProjectedPosition
  readonly packs: readonly PackRecords[]
}

/** An event of a queue; `body` as `readEventBody` reads it. */
export type StoredEvent = { readonly n: number; readonly body: Uint8Array }

/** A row of a user's state; `value` as it stands in the log. */
export type StateRow = { readonly key: string; readonly value: string }

/** A message that a thread began with, by its seq. */
export type ThreadPlace = { readonly channel: ChannelId; readonly thread: number }
/** `last`: the newest reply; `at` in ms since 1970. Replies that were deleted count too. */
export type ThreadRow = ThreadPlace & {
  readonly replies: number
  readonly last: { readonly seq: number; readonly from: UserId; readonly at: number }
}
/** `wrote`: the newest reply of the user's own, 0 if none; `joined`: the channel's head when they did. */
export type FollowedThread = ThreadRow & { readonly wrote: number; readonly joined: number }
/** Which replies of a thread: ascending after a seq, else descending, the newest without a bound. */
export type ThreadTurn = { readonly after: number } | { readonly before: number | null }

/** What became of a message. `edit`: the record of the newest; `replies`: of one that a thread began with. */
export type StoredChange = {
  readonly seq: number
  readonly replies: { readonly count: number; readonly last: number } | null
  readonly deleted: boolean
  readonly edit: Uint8Array | null
  readonly reactions: readonly { readonly emoji: string; readonly users: readonly UserId[] }[]
}

/** A message that is over and not deleted yet. */
export type Expiring = ExpiringEntry

export type ChannelOfUser = ChannelState & { readonly read: number }

/** A public channel as anyone may see it. */
export type PublicChannel = ChannelPreview
/** Where a page of public channels ended. */
export type PublicPlace = { readonly word: string; readonly channel: ChannelId }
/** `next` null: there are no more. A page may hold fewer than asked for, and have a next one. */
export type PublicPage = { readonly items: readonly PublicChannel[]; readonly next: PublicPlace | null }

/** When a user was last there (ms since 1970). */
export type Seen = { readonly user: UserId; readonly at: number }

/** `pending` until the profile stands in the user's SYNC partition. */
export type Account = {
  /** The name as it is compared: NFKC, lower case. */
  readonly key: string
  readonly name: string
  readonly displayName: string
  readonly user: UserId
  readonly hash: string
  readonly pending: boolean
}

export type NewFamily = {
  readonly family: SessionId
  readonly user: UserId
  readonly device: DeviceId
  readonly tokenHash: string
  readonly expiresAt: number
  readonly deviceName: string | null
  readonly platform: string | null
  /** ms since 1970 */
  readonly createdAt: number
}

/** A log-in that stands; times in ms since 1970. */
export type LoggedIn = {
  readonly family: SessionId
  readonly device: DeviceId
  readonly deviceName: string | null
  readonly platform: string | null
  readonly createdAt: number
  readonly activeAt: number
}

/** What became of a refresh token. `reused`: the family has been ended by this very call or before. */
export type Rotation =
  | { readonly kind: 'rotated'; readonly family: SessionId; readonly user: UserId; readonly device: DeviceId }
  | { readonly kind: 'reused'; readonly family: SessionId }
  | { readonly kind: 'refused' }

export type SigningKey = { readonly kid: string; readonly privateJwk: string }

/** Where a pass of trimming goes on: after this user; null = all users were seen. */
export type TrimResult = { readonly next: UserId | null; readonly removed: number }

/**
 * What is kept for years. Reads are by key; a group is applied whole or not at all, and again without effect. Any
 * method may throw when the store is out of reach; the caller tries again. Bodies are sealed here as they are in the
 * logs, so that destroying a key erases them here and in every backup.
 */
export interface Store {
  position(kind: LogKind, partition: number): Promise<ProjectedPosition | null>
  /** Writes the group and its position; nothing if the store is already at or past that position. */
  apply(group: Group): Promise<void>

  /** Message records first, first + 1, … as far as there are, up to last; cut after `maxBytes` (at least one). */
  messages(channel: ChannelId, first: number, last: number, maxBytes: number): Promise<Uint8Array[]>
  /** Of the messages first…last, those that were edited, deleted, reacted or replied to. */
  messageChanges(channel: ChannelId, first: number, last: number): Promise<StoredChange[]>
  /** The same of single messages, in the order asked; cut after `maxBytes` (at least one). What isn't there ends it. */
  messagesAt(
    channel: ChannelId,
    seqs: readonly number[],
    maxBytes: number,
  ): Promise<{ readonly record: Uint8Array; readonly change: StoredChange | null }[]>
  /** A channel's threads, the newest reply first; those whose newest reply is before `before`. */
  threads(channel: ChannelId, before: number | null, limit: number): Promise<ThreadRow[]>
  thread(channel: ChannelId, thread: number): Promise<ThreadRow | null>
  threadReplies(channel: ChannelId, thread: number, turn: ThreadTurn, limit: number): Promise<number[]>
  /** Of each thread, the replies after a seq that are neither the user's nor deleted; counted up to `most`. */
  threadUnread(
    user: UserId,
    asked: readonly (ThreadPlace & { readonly after: number })[],
    most: number,
  ): Promise<number[]>
  /**
   * In the order asked: the newest reply of the user's own, 0 if they follow without one, null if they don't follow. Who
   * follows: who wrote the first message or a reply, or is named in one.
   */
  follows(user: UserId, asked: readonly ThreadPlace[]): Promise<(number | null)[]>
  /** The threads that a user took part in last, of channels that they are in; in any order. */
  followedThreads(user: UserId, limit: number): Promise<FollowedThread[]>
  /**
   * The records of a channel's changes after a rev, ascending; edits of messages that were deleted are gone. Cut after
   * `maxBytes` (at least one).
   */
  channelRecords(
    channel: ChannelId,
    afterRev: number,
    limit: number,
    maxBytes: number,
  ): Promise<{
    readonly records: { readonly rev: number; readonly record: Uint8Array }[]
    readonly more: boolean
  }>
  /** Which of these messages were deleted: their indexes. */
  deletedAmong(places: readonly MessagePlace[]): Promise<number[]>
  /** The records of a message's edits after a rev, oldest first, of the newest MAX_VERSIONS; none of one that was deleted. */
  edits(channel: ChannelId, seq: number, afterRev: number, limit: number): Promise<Uint8Array[]>
  /**
   * Messages of a LOG partition that are over at a time (ms) and not deleted, those first that were over first; cut after
   * so many mentions (at least one message).
   */
  expiring(partition: number, until: number, limit: number, maxMentions: number): Promise<Expiring[]>
  cid(channel: ChannelId, user: UserId, cid: Cid): Promise<{ seq: number; at: number } | null>
  /** A user's channels, ascending by id, after `after`. */
  channelsOf(user: UserId, after: ChannelId | null, limit: number): Promise<ChannelOfUser[]>
  /**
   * Public channels whose name has a word that begins with each word asked for, in any case; all of them if there is none.
   * Cut after `maxBytes` (at least one).
   */
  publicChannels(
    query: string,
    after: PublicPlace | null,
    limit: number,
    maxBytes: number,
  ): Promise<PublicPage>
  readMark(user: UserId, channel: ChannelId): Promise<number>
  /** Messages after `after` that mention the user, or everybody, and are no replies in threads; counted up to `most`. */
  mentions(user: UserId, channel: ChannelId, after: number, most: number): Promise<number>
  /** A user's rows of an area, ascending by key, after `after`; cut after `maxBytes` (at least one). */
  stateRows(
    user: UserId,
    area: UserArea,
    after: string | null,
    limit: number,
    maxBytes: number,
  ): Promise<StateRow[]>
  stateCount(user: UserId, area: UserArea): Promise<number>
  /** In the order asked; null = there is none. */
  stateValues(
    asked: readonly { readonly user: UserId; readonly area: UserArea; readonly key: string }[],
  ): Promise<(string | null)[]>
  users(ids: readonly UserId[]): Promise<UserShape[]>
  usersByName(key: string): Promise<UserShape[]>
  /** Ascending by name. */
  usersByPrefix(key: string, limit: number): Promise<UserShape[]>

  /** When users were last there; never goes back. */
  noteSeen(seen: readonly Seen[]): Promise<void>
  /** Those of whom nothing is known are left out. */
  lastSeen(users: readonly UserId[]): Promise<Seen[]>

  /** Events after `after`; cut after `maxBytes` (at least one). `oldest`: the first number held, 0 if none. */
  queue(user: UserId, after: number, maxBytes: number): Promise<{ oldest: number; events: StoredEvent[] }>
  /**
   * Removes some users' events that are older than `before` (ms) or beyond the newest `keep`, at most `limit` rows.
   * A user's newest event stays, so that the queue's place is known, and what was written with one that stays may too.
   */
  trimQueues(after: UserId | null, before: number, keep: number, limit: number): Promise<TrimResult>

  account(key: string): Promise<Account | null>
  accountOf(user: UserId): Promise<Account | null>
  /** Claims the name durably. The account that holds it from now on, or held it already. */
  claimAccount(account: Account): Promise<Account>
  accountReady(key: string): Promise<void>

  startFamily(family: NewFamily): Promise<void>
  /** Makes `nextHash` the family's token. A token that was used before ends its family. */
  rotate(tokenHash: string, nextHash: string, expiresAt: number, now: number): Promise<Rotation>
  /** Without effect if it is another user's. */
  endFamily(family: SessionId, user: UserId, now: number): Promise<void>
  /** The newest first. */
  logIns(user: UserId, now: number): Promise<LoggedIn[]>
  /** Ends every log-in of the device; which they were, those that had ended before too. */
  endDevice(user: UserId, device: DeviceId, now: number): Promise<SessionId[]>
  /** Forgets families whose tokens have run out. */
  trimFamilies(now: number, limit: number): Promise<void>

  signingKeys(): Promise<SigningKey[]>
  /** Keeps the key if there is none yet; the keys that count. */
  offerSigningKey(key: SigningKey): Promise<SigningKey[]>

  close(): Promise<void>
}

/** The store isn't one that this program may use. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused'
}
