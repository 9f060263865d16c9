import { z } from 'zod'
import { Reader, Writer } from '../codec.ts'
import { channelIdSchema, cidSchema, deviceIdSchema, sessionIdSchema, userIdSchema } from '../protocol/ids.ts'
import { type Call, fromJson, jsonCall, toJson } from './call.ts'
import { channelPreview, channelState, type MessageRun, readRun, userShape, writeRun } from './call-shapes.ts'
import { threadPage, threadsFollowed, threadsOfChannel } from './thread-calls.ts'
import { userAreaShape } from './user-requests.ts'
import { type QueuedEvent, readQueuedEvents, writeQueuedEvents } from './wire/register.ts'

/** What any storage worker answers. */
const idempotent = { idempotent: true } as const
const once = { idempotent: false } as const
const count = z.number().int().min(0)
const nothing = z.object({})

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
  z.object({
    name: z.string(),
    password: z.string(),
    device: deviceIdSchema,
    device_name: z.string().optional(),
    platform: z.string().optional(),
  }),
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
/** Log-ins of a user that stand, the newest first; times in ms since 1970. */
export const devicesList = jsonCall(
  'devices.list',
  z.object({ user: userIdSchema }),
  z.object({
    devices: z.array(
      z.object({
        family: sessionIdSchema,
        device: deviceIdSchema,
        name: z.string().nullable(),
        platform: z.string().nullable(),
        created_at: count,
        active_at: count,
      }),
    ),
  }),
  idempotent,
)
/** Ends every log-in of a device; a customer's tokens of before are refused for it. */
export const deviceEnd = jsonCall(
  'device.end',
  z.object({ user: userIdSchema, device: deviceIdSchema }),
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

/** Those of them that exist. `left`: so many at the end of those asked for have to be asked for again (`usersOf`). */
export const usersGet = jsonCall(
  'users.get',
  z.object({ ids: z.array(userIdSchema).max(1000) }),
  z.object({ users: z.array(userShape), left: count.default(0) }),
  idempotent,
)
/** By exact name, whatever its case. */
export const usersByName = jsonCall(
  'users.by_name',
  z.object({ name: z.string() }),
  z.object({ users: z.array(userShape) }),
  idempotent,
)

/** Those whose name begins so, whatever its case, ascending by name. */
export const usersByPrefix = jsonCall(
  'users.by_prefix',
  z.object({ prefix: z.string(), limit: count.max(200) }),
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
/** Public channels by words of their names (`Store.publicChannels`), from `after` on. */
const publicPlace = z.object({ word: z.string(), channel: channelIdSchema })
export const channelsPublic = jsonCall(
  'channels.public',
  z.object({
    query: z.string(),
    after: publicPlace.nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  z.object({ items: z.array(channelPreview), next: publicPlace.nullable() }),
  idempotent,
)
/** Messages after a seq that mention the user or everybody, by channel, in the order asked; once the store has reached the positions. */
export const mentionsCount = jsonCall(
  'mentions.count',
  z.object({
    user: userIdSchema,
    channels: z.array(z.object({ channel: channelIdSchema, after: count })).max(200),
    positions: z.array(projected),
    wait_ms: count.max(10_000),
  }),
  z.object({ counts: z.array(count) }),
  idempotent,
)
/** A member's read mark as the store has it; 0 if none. */
export const readGet = jsonCall(
  'read.get',
  z.object({ user: userIdSchema, channel: channelIdSchema }),
  z.object({ seq: count }),
  idempotent,
)

/** Rows of an area of a user's state, ascending by key, after `after`; or the one of `key`. `count`: of the whole area. */
export const stateRequest = z.object({
  user: userIdSchema,
  area: userAreaShape,
  key: z.string().nullable(),
  after: z.string().nullable(),
  limit: z.number().int().min(1).max(200),
})
export const stateRows = z.object({
  rows: z.array(z.object({ key: z.string(), value: z.string() })),
  more: z.boolean(),
  count,
})
export const stateGet = jsonCall('state.get', stateRequest, stateRows, idempotent)
/** Single rows of several users' states, in the order asked; null = there is none. */
export const statesGet = jsonCall(
  'state.get_many',
  z.object({
    asked: z.array(z.object({ user: userIdSchema, area: userAreaShape, key: z.string() })).max(4000),
  }),
  z.object({ values: z.array(z.string().nullable()) }),
  idempotent,
)

/** The events of a channel's changes after a rev (JSON), ascending; `next`: the rev to go on after. No access check. */
export const changesList = jsonCall(
  'changes.list',
  z.object({ channel: channelIdSchema, after_rev: count, limit: z.number().int().min(1).max(200) }),
  z.object({ events: z.array(z.string()), next: z.string().nullable() }),
  idempotent,
)

/**
 * What a message said (JSON), oldest first, from the original on or after the edit of a rev; `next`: the rev to go on after.
 * Null of one that was deleted, or that the store doesn't have. No access check.
 */
export const versionsList = jsonCall(
  'versions.list',
  z.object({
    channel: channelIdSchema,
    seq: count,
    after: count.nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  z.object({ found: z.object({ versions: z.array(z.string()), next: count.nullable() }).nullable() }),
  idempotent,
)

/** What became of a message, and who wrote it, as the store has it; null if it doesn't have it. No access check. */
export const messageState = jsonCall(
  'message.state',
  z.object({ channel: channelIdSchema, seq: count }),
  z.object({
    found: z
      .object({
        from: userIdSchema,
        mentions: z.array(userIdSchema).default([]),
        /** The message that its thread began with; 0 = it is no reply. */
        thread: count.default(0),
        deleted: z.boolean(),
        reactions: z.array(z.object({ emoji: z.string(), users: z.array(userIdSchema) })),
      })
      .nullable(),
  }),
  idempotent,
)

/**
 * Messages `first`…`last` of a channel (at most 200) as `user` sees them; fewer if the page would pass MAX_PAGE_BYTES: ask
 * on. No access check.
 */
export const historyRange: Call<
  {
    channel: z.infer<typeof channelIdSchema>
    user: z.infer<typeof userIdSchema>
    first: number
    last: number
  },
  MessageRun
> = {
  name: 'history.range',
  idempotent: true,
  encodeRequest: toJson,
  decodeRequest: (bytes) =>
    z
      .object({ channel: channelIdSchema, user: userIdSchema, first: count, last: count })
      .parse(fromJson(bytes)),
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

/** When users were last there (ms since 1970). A time that isn't later than the one that is kept changes nothing. */
export const seenPut = jsonCall(
  'presence.seen.put',
  z.object({ seen: z.array(z.object({ user: userIdSchema, at: count })).max(1000) }),
  nothing,
  idempotent,
)
/** Those of whom nothing is known are left out. */
export const seenGet = jsonCall(
  'presence.seen.get',
  z.object({ users: z.array(userIdSchema).max(1000) }),
  z.object({ seen: z.array(z.object({ user: userIdSchema, at: count })) }),
  idempotent,
)

/** Published by storage after each group of writes, and once a second. */
export const confirmedShape = z.object({ pack: count })

export const storageCalls = [
  accountRegister,
  sessionStart,
  sessionRefresh,
  sessionEnd,
  devicesList,
  deviceEnd,
  mentionsCount,
  jwks,
  usersGet,
  usersByName,
  usersByPrefix,
  storeReached,
  channelsList,
  channelsPublic,
  readGet,
  stateGet,
  statesGet,
  changesList,
  versionsList,
  messageState,
  historyRange,
  threadPage,
  threadsOfChannel,
  threadsFollowed,
  queuePage,
  cidLookup,
  seenPut,
  seenGet,
] as const
