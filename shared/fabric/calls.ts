import { z } from 'zod'
import { Reader, Writer } from '../codec.ts'
import {
  channelIdSchema,
  cidSchema,
  deviceIdSchema,
  edgeIdSchema,
  sessionIdSchema,
  userIdSchema,
} from '../protocol/ids.ts'
import { type Call, fromJson, jsonCall, toJson } from './call.ts'
import {
  decodeRegisterRequest,
  decodeRegisterResponse,
  encodeRegisterRequest,
  encodeRegisterResponse,
  type QueuedEvent,
  type RegisterRequest,
  type RegisterResponse,
  readQueuedEvents,
  writeQueuedEvents,
} from './wire/register.ts'

/** Every request that one service makes of another. Who answers: the heading above each group. */
const idempotent = { idempotent: true } as const
const once = { idempotent: false } as const
const count = z.number().int().min(0)
const nothing = z.object({})

export const userShape = z.object({
  id: userIdSchema,
  name: z.string(),
  display_name: z.string(),
  avatar: z.string().nullable(),
})
export type UserShape = z.infer<typeof userShape>

export const roleShape = z.enum(['owner', 'admin', 'member'])
export const channelKindShape = z.enum(['direct', 'group', 'broadcast'])

/** PROTOCOL.md's channel, as one user sees it. */
export const channelShape = z.object({
  id: channelIdSchema,
  kind: channelKindShape,
  name: z.string().nullable(),
  members: count,
  head: count,
  rev: count,
  read: count,
  unread: count,
  muted: z.boolean(),
  role: roleShape,
  fanout: z.enum(['queue', 'read']),
  lineage: count,
  /** Extension: the other user of a direct channel. */
  peer: userIdSchema.optional(),
})
export type ChannelShape = z.infer<typeof channelShape>

// --- the owner of a channel's LOG partition (chat) ---

/** What the owner knows of a channel for one member; `read` isn't its to know (the SYNC owner and the store know). */
export const channelState = z.object({
  id: channelIdSchema,
  kind: channelKindShape,
  name: z.string().nullable(),
  members: count,
  head: count,
  rev: count,
  lineage: count,
  role: roleShape,
  /** The head when the user joined: unread counts from there. */
  joined: count,
  peer: userIdSchema.optional(),
})
export type ChannelState = z.infer<typeof channelState>

/** `pack`: where the change stands in the LOG (0 if nothing changed); wait for its projection to read it from the store. */
const changed = z.object({ channel: channelState, pack: count, partition: count, created: z.boolean() })

export const channelCreate = jsonCall(
  'channel.create',
  z.object({
    channel: channelIdSchema,
    kind: channelKindShape,
    name: z.string().nullable(),
    by: userIdSchema,
    members: z.array(userIdSchema),
  }),
  changed,
  idempotent,
)
/** Join, add, or change a role. `role` null = member, or unchanged. */
export const memberPut = jsonCall(
  'member.put',
  z.object({ channel: channelIdSchema, by: userIdSchema, user: userIdSchema, role: roleShape.nullable() }),
  changed,
  idempotent,
)
/** Leave or remove. */
export const memberDelete = jsonCall(
  'member.delete',
  z.object({ channel: channelIdSchema, by: userIdSchema, user: userIdSchema }),
  z.object({ pack: count, partition: count }),
  idempotent,
)
/** `not_found` to whoever isn't a member. */
export const channelInfo = jsonCall(
  'channel.info',
  z.object({ channel: channelIdSchema, user: userIdSchema }),
  channelState,
  idempotent,
)
/** The present state of several channels; those that the user isn't in are left out. */
export const channelInfos = jsonCall(
  'channel.infos',
  z.object({ channels: z.array(channelIdSchema).max(1000), user: userIdSchema }),
  z.object({ channels: z.array(channelState) }),
  idempotent,
)

/** Messages with consecutive seqs, each as JSON bytes of PROTOCOL.md's message, ascending. */
export type MessageRun = { readonly from: number; readonly messages: readonly Uint8Array[] }

const writeRun = (writer: Writer, run: MessageRun): Writer => {
  writer.uint(run.from).u32(run.messages.length)
  for (const message of run.messages) writer.bytes(message)
  return writer
}
const readRun = (reader: Reader): MessageRun => ({
  from: reader.uint(),
  messages: Array.from({ length: reader.u32() }, () => reader.bytes()),
})

/** Which page of a channel: newest (no bound), before, after or around a seq. */
export const pageRequest = z.object({
  channel: channelIdSchema,
  user: userIdSchema,
  before: count.optional(),
  after: count.optional(),
  around: count.optional(),
  limit: z.number().int().min(1).max(200),
})
export type PageRequest = z.infer<typeof pageRequest>

/**
 * Resolves a page to seqs `first`…`last` (empty if last < first) and gives the part of it that is still in memory: the
 * rest, `first`…`run.from - 1`, is in the store for certain. Members only (`not_found`, `forbidden`).
 */
export type PageWindow = {
  readonly first: number
  readonly last: number
  readonly head: number
  readonly run: MessageRun
}
export const channelWindow: Call<PageRequest, PageWindow> = {
  name: 'channel.window',
  idempotent: true,
  encodeRequest: toJson,
  decodeRequest: (bytes) => pageRequest.parse(fromJson(bytes)),
  encodeResponse: ({ first, last, head, run }) =>
    writeRun(new Writer(4096).uint(first).uint(last).uint(head), run).finish(),
  decodeResponse: (bytes) => {
    const reader = new Reader(bytes)
    return { first: reader.uint(), last: reader.uint(), head: reader.uint(), run: readRun(reader) }
  },
}

// --- the owner of a user's SYNC partition (sync) ---

export const register: Call<RegisterRequest, RegisterResponse> = {
  name: 'register',
  idempotent: true,
  encodeRequest: encodeRegisterRequest,
  decodeRequest: decodeRegisterRequest,
  encodeResponse: encodeRegisterResponse,
  decodeResponse: decodeRegisterResponse,
}
/** Sessions that ended at an edge; `last` tells which of their users have no session left there. */
export const unregister = jsonCall(
  'unregister',
  z.object({
    edge: edgeIdSchema,
    incarnation: count,
    sessions: z.array(
      z.object({ session: sessionIdSchema, user: userIdSchema, device: deviceIdSchema, last: z.boolean() }),
    ),
  }),
  nothing,
  idempotent,
)
/** Where a user's queue stands, and how far the partition has taken in each LOG partition: for snapshots. */
export const queueHead = jsonCall(
  'queue.head',
  z.object({ user: userIdSchema }),
  z.object({
    epoch: z.string(),
    n: count,
    /** The SYNC partition's own last pack, and the last pack of each LOG partition that is in it. */
    pack: count,
    partition: count,
    logs: z.array(z.object({ partition: count, pack: count })),
  }),
  idempotent,
)
/** Moves a read mark forward (never back); it becomes an event in the user's own queue. */
export const readMark = jsonCall(
  'read.mark',
  z.object({ user: userIdSchema, channel: channelIdSchema, seq: count }),
  z.object({ seq: count }),
  idempotent,
)
/** The read marks that the store may not have yet. */
export const recentReads = jsonCall(
  'read.recent',
  z.object({ user: userIdSchema }),
  z.object({ reads: z.array(z.object({ channel: channelIdSchema, seq: count })) }),
  idempotent,
)
/** Creates or changes a profile: a record of the user's partition and an event in their queue. */
export const profilePut = jsonCall(
  'profile.put',
  userShape,
  z.object({ pack: count, partition: count }),
  idempotent,
)
/** What a device says it holds. */
export const received = jsonCall(
  'received',
  z.object({ user: userIdSchema, device: deviceIdSchema, epoch: z.string(), n: count }),
  nothing,
  idempotent,
)

// --- any storage worker ---

export const session = z.object({
  user: userShape,
  access_token: z.string(),
  refresh_token: z.string(),
  /** Seconds. */
  expires_in: count,
})
export type SessionShape = z.infer<typeof session>

/** `conflict` if the name is taken, whatever its case. */
export const accountRegister = jsonCall(
  'account.register',
  z.object({ name: z.string(), password: z.string(), display_name: z.string().nullable() }),
  z.object({ user: userShape }),
  once,
)
export const sessionStart = jsonCall(
  'session.start',
  z.object({ name: z.string(), password: z.string(), device: deviceIdSchema }),
  session,
  once,
)
/** Rotates; a token used twice ends its whole family (`unauthenticated`). */
export const sessionRefresh = jsonCall(
  'session.refresh',
  z.object({ refresh_token: z.string() }),
  session,
  once,
)
/** Ends a family of tokens; access tokens of it are refused from then on. */
export const sessionEnd = jsonCall(
  'session.end',
  z.object({ family: sessionIdSchema, user: userIdSchema }),
  nothing,
  idempotent,
)
/** The public keys that access tokens are checked with (RFC 7517). */
export const jwks = jsonCall(
  'jwks',
  nothing,
  z.object({ keys: z.array(z.record(z.string(), z.unknown())) }),
  idempotent,
)

export const usersGet = jsonCall(
  'users.get',
  z.object({ ids: z.array(userIdSchema).max(1000) }),
  z.object({ users: z.array(userShape) }),
  idempotent,
)
/** By exact name, whatever its case. */
export const usersByName = jsonCall(
  'users.by_name',
  z.object({ name: z.string() }),
  z.object({ users: z.array(userShape) }),
  idempotent,
)

/** A place that the store must have reached before it answers. */
export const projected = z.object({ kind: z.enum(['log', 'sync']), partition: count, pack: count })
/** Waits until the store holds these (`unavailable` after `wait_ms`). */
export const storeReached = jsonCall(
  'store.reached',
  z.object({ positions: z.array(projected), wait_ms: count.max(10_000) }),
  nothing,
  idempotent,
)
/** A user's channels, ascending by id, from `after` (an id) on; waits first until the store has reached the positions. */
export const channelsList = jsonCall(
  'channels.list',
  z.object({
    user: userIdSchema,
    after: channelIdSchema.nullable(),
    limit: z.number().int().min(1).max(200),
    positions: z.array(projected),
    wait_ms: count.max(10_000),
  }),
  z.object({ channels: z.array(channelState.extend({ read: count })), more: z.boolean() }),
  idempotent,
)
/** A member's read mark as the store has it; 0 if none. */
export const readGet = jsonCall(
  'read.get',
  z.object({ user: userIdSchema, channel: channelIdSchema }),
  z.object({ seq: count }),
  idempotent,
)

/** Messages `first`…`last` of a channel (at most 200); fewer if the page would pass MAX_PAGE_BYTES: ask on. No access check. */
export const historyRange: Call<
  { channel: z.infer<typeof channelIdSchema>; first: number; last: number },
  MessageRun
> = {
  name: 'history.range',
  idempotent: true,
  encodeRequest: toJson,
  decodeRequest: (bytes) =>
    z.object({ channel: channelIdSchema, first: count, last: count }).parse(fromJson(bytes)),
  encodeResponse: (run) => writeRun(new Writer(4096), run).finish(),
  decodeResponse: (bytes) => readRun(new Reader(bytes)),
}

/**
 * A queue's events after `after`, ascending, at most MAX_PAGE_BYTES; `oldest` is the first number that the store still
 * holds (0 if none): a cursor before oldest - 1 has expired.
 */
export type QueuePage = { readonly oldest: number; readonly events: readonly QueuedEvent[] }
export const queuePage: Call<{ user: z.infer<typeof userIdSchema>; after: number }, QueuePage> = {
  name: 'queue.page',
  idempotent: true,
  encodeRequest: toJson,
  decodeRequest: (bytes) => z.object({ user: userIdSchema, after: count }).parse(fromJson(bytes)),
  encodeResponse: ({ oldest, events }) => {
    const writer = new Writer(4096).uint(oldest)
    writeQueuedEvents(writer, events)
    return writer.finish()
  },
  decodeResponse: (bytes) => {
    const reader = new Reader(bytes)
    return { oldest: reader.uint(), events: readQueuedEvents(reader) }
  },
}

/** The message that a cid became, if the store knows it. Only for cids older than the owner's memory. */
export const cidLookup = jsonCall(
  'cid.lookup',
  z.object({ channel: channelIdSchema, user: userIdSchema, cid: cidSchema }),
  z.object({ found: z.object({ seq: count, at: count }).nullable() }),
  idempotent,
)

/** Published by storage after each group of writes, and once a second. */
export const confirmedShape = z.object({ pack: count })

/** Published by each edge once a second: SYNC owners drop the sessions of an edge that fell silent. */
export const edgeAliveShape = z.object({ edge: edgeIdSchema, incarnation: count })

export const storageCalls = [
  accountRegister,
  sessionStart,
  sessionRefresh,
  sessionEnd,
  jwks,
  usersGet,
  usersByName,
  storeReached,
  channelsList,
  readGet,
  historyRange,
  queuePage,
  cidLookup,
] as const
export const chatCalls = [
  channelCreate,
  memberPut,
  memberDelete,
  channelInfo,
  channelInfos,
  channelWindow,
] as const
export const syncCalls = [
  register,
  unregister,
  queueHead,
  readMark,
  recentReads,
  profilePut,
  received,
] as const
