import { z } from 'zod'
import { settingsPatch } from '../protocol/channel-settings.ts'
import { mentionAllSchema } from '../protocol/events.ts'
import {
  channelIdSchema,
  deviceIdSchema,
  edgeIdSchema,
  sessionIdSchema,
  userIdSchema,
} from '../protocol/ids.ts'
import { statusSchema } from '../protocol/settings.ts'
import { type Call, jsonCall } from './call.ts'
import { channelKindShape, channelPreview, channelState, roleShape, userShape } from './call-shapes.ts'
import { channelRequest } from './channel-requests.ts'
import { channelWindow, messagesExpire, pinsList, versionsReach } from './message-calls.ts'
import { channelClose, channelOpen } from './open-calls.ts'
import { stateRequest, stateRows } from './storage-calls.ts'
import { threadMark } from './thread-calls.ts'
import { userRequest } from './user-requests.ts'
import {
  decodeRegisterRequest,
  decodeRegisterResponse,
  encodeRegisterRequest,
  encodeRegisterResponse,
  type RegisterRequest,
  type RegisterResponse,
} from './wire/register.ts'

/** Every request that one service makes of another. Who answers: the heading above each group. */
const idempotent = { idempotent: true } as const
const count = z.number().int().min(0)
const nothing = z.object({})

// --- the owner of a channel's LOG partition (chat) ---

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
    settings: settingsPatch.optional(),
  }),
  changed,
  idempotent,
)
/** Join (a public channel, or by the code of an invite), add, or change a role. `role` null = as given there, or unchanged. */
export const memberPut = jsonCall(
  'member.put',
  z.object({
    channel: channelIdSchema,
    by: userIdSchema,
    user: userIdSchema,
    role: roleShape.nullable(),
    invite: z.string().optional(),
  }),
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
/** What a member asks of a channel; `forbidden` without the right to it. */
export const channelChange = jsonCall(
  'channel.change',
  z.object({ channel: channelIdSchema, by: userIdSchema, request: channelRequest }),
  changed,
  idempotent,
)
/** The pack by which everything that a member has seen of the channel stands, its head then and when they joined, and what is pinned. */
export const channelReach = jsonCall(
  'channel.reach',
  z.object({ channel: channelIdSchema, user: userIdSchema }),
  z.object({ pack: count, head: count, joined: count, pinned: z.array(count) }),
  idempotent,
)
/** `not_found` to whoever isn't a member. */
export const channelInfo = jsonCall(
  'channel.info',
  z.object({ channel: channelIdSchema, user: userIdSchema }),
  channelState,
  idempotent,
)
/**
 * The present state of several channels; those that the user isn't in are left out. `brief`: without their settings. `left`: so
 * many at the end of those asked for have to be asked for again.
 */
export const channelInfos = jsonCall(
  'channel.infos',
  z.object({
    channels: z.array(channelIdSchema).max(1000),
    user: userIdSchema,
    brief: z.boolean().optional(),
  }),
  z.object({ channels: z.array(channelState), left: count.default(0) }),
  idempotent,
)

/** How far users' devices hold channels, and how far they read them (0 = nothing new). `off`: ask no more for a while. */
const receiptEntry = z.object({ channel: channelIdSchema, user: userIdSchema, delivered: count, read: count })
export type ReceiptEntry = z.infer<typeof receiptEntry>
export const RECEIPTS_A_CALL = 500
export const receiptsPut = jsonCall(
  'receipts.put',
  z.object({ entries: z.array(receiptEntry).max(RECEIPTS_A_CALL) }),
  z.object({ off: z.array(channelIdSchema) }),
  idempotent,
)
/** Of the other members; none in a channel that is too large for receipts. Members only. */
export const receiptsGet = jsonCall(
  'receipts.get',
  z.object({ channel: channelIdSchema, user: userIdSchema }),
  z.object({ items: z.array(z.object({ user: userIdSchema, delivered: count, read: count })) }),
  idempotent,
)

/** A channel's members, ascending by id, from `after` (an id) on. Members only (`not_found`, `forbidden`). */
export const channelMembers = jsonCall(
  'channel.members',
  z.object({
    channel: channelIdSchema,
    user: userIdSchema,
    after: userIdSchema.nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  z.object({ members: z.array(z.object({ user: userIdSchema, role: roleShape })), more: z.boolean() }),
  idempotent,
)

/** What a link leads to; `not_found` whatever is wrong with it, `forbidden` to one who is banned there. */
export const invitePreview = jsonCall(
  'invite.preview',
  z.object({ channel: channelIdSchema, code: z.string(), user: userIdSchema }),
  z.object({ channel: channelPreview, expires: count.nullable() }),
  idempotent,
)
/** A channel's links that are good, oldest first; times in ms since 1970. By right (`forbidden`). */
export const invitesList = jsonCall(
  'invites.list',
  z.object({ channel: channelIdSchema, user: userIdSchema }),
  z.object({
    invites: z.array(
      z.object({
        code: z.string(),
        by: userIdSchema,
        at: count,
        role: roleShape,
        expires: count.nullable(),
        uses: count,
        max: count.nullable(),
      }),
    ),
  }),
  idempotent,
)
/** Who is banned, ascending by id, from `after` (an id) on; times in ms since 1970. By right (`forbidden`). */
export const bansList = jsonCall(
  'bans.list',
  z.object({
    channel: channelIdSchema,
    user: userIdSchema,
    after: userIdSchema.nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  z.object({
    bans: z.array(z.object({ user: userIdSchema, by: userIdSchema, at: count })),
    more: z.boolean(),
  }),
  idempotent,
)

/** Whether a user may let a channel know that they type: `not_found` or `forbidden` if not. */
export const typingMay = jsonCall(
  'typing.may',
  z.object({ channel: channelIdSchema, user: userIdSchema }),
  nothing,
  idempotent,
)

/** `not_found` unless a thread began with the message, or could: it is there, and no reply itself. Members only. */
export const threadRoot = jsonCall(
  'thread.root',
  z.object({ channel: channelIdSchema, user: userIdSchema, thread: z.number().int().min(1) }),
  z.object({ head: count }),
  idempotent,
)

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
const queueHeadShape = z.object({
  epoch: z.string(),
  n: count,
  /** The SYNC partition's own last pack, and the last pack of each LOG partition that is in it. */
  pack: count,
  partition: count,
  logs: z.array(z.object({ partition: count, pack: count })),
})
export type QueueHead = z.infer<typeof queueHeadShape>
export const queueHead = jsonCall('queue.head', z.object({ user: userIdSchema }), queueHeadShape, idempotent)
/** Moves a read mark forward (never back); it becomes an event in the user's own queue. */
export const readMark = jsonCall(
  'read.mark',
  z.object({ user: userIdSchema, channel: channelIdSchema, seq: count }),
  z.object({ seq: count }),
  idempotent,
)
/** The read marks that the store may not have yet, of channels and of threads. */
export const recentReads = jsonCall(
  'read.recent',
  z.object({ user: userIdSchema }),
  z.object({
    reads: z.array(z.object({ channel: channelIdSchema, seq: count })),
    threads: z.array(threadMark).default([]),
  }),
  idempotent,
)
/**
 * Creates or changes a profile: a record of the user's partition and an event in their queue. `if_none`: who has one
 * keeps it, also if the store doesn't show it yet.
 */
export const profilePut = jsonCall(
  'profile.put',
  userShape.extend({ if_none: z.boolean().optional() }),
  z.object({ pack: count, partition: count }),
  idempotent,
)
/** New heads of channels above the threshold, answered once they stand; `unknown`: nobody here reads them (yet). */
export const channelHeads = jsonCall(
  'channel.heads',
  z.object({
    marks: z
      .array(
        z.object({
          channel: channelIdSchema,
          seq: count,
          rev: count,
          all: z.object({ seq: count, who: mentionAllSchema }).nullable(),
        }),
      )
      .max(1000),
  }),
  z.object({ unknown: z.array(channelIdSchema) }),
  idempotent,
)
/** What a user asks of their own state; it becomes an event in their own queue. `pack`: 0 if nothing changed. */
export const userChange = jsonCall(
  'user.change',
  z.object({ user: userIdSchema, request: userRequest }),
  z.object({ pack: count, partition: count }),
  idempotent,
)
/** A user's rows of an area, ascending by key; what the store lacks is in it. `key`: that one alone. */
export const userState = jsonCall('user.state', stateRequest, stateRows, idempotent)
/** Of these users, who has blocked that one. */
export const blockersOf = jsonCall(
  'user.blockers',
  z.object({ blocked: userIdSchema, users: z.array(userIdSchema).max(1000) }),
  z.object({ blockers: z.array(userIdSchema) }),
  idempotent,
)
/** What a device says it holds. */
export const received = jsonCall(
  'received',
  z.object({ user: userIdSchema, device: deviceIdSchema, epoch: z.string(), n: count }),
  nothing,
  idempotent,
)

/**
 * Who of the viewers may see a user's presence, for several users of a partition, and the status that goes with it, over or
 * not: the answers in the order asked.
 */
export const presenceAudience = jsonCall(
  'presence.audience',
  z.object({
    asked: z.array(z.object({ user: userIdSchema, viewers: z.array(userIdSchema).max(1000) })).max(1000),
  }),
  z.object({
    allowed: z.array(z.array(userIdSchema)),
    /** Those of them who aren't shown when the user was there. */
    unseen: z.array(z.array(userIdSchema)).default([]),
    statuses: z.array(statusSchema.nullable()).default([]),
  }),
  idempotent,
)

export * from './call-shapes.ts'
export * from './message-calls.ts'
export * from './open-calls.ts'
export * from './storage-calls.ts'
export * from './thread-calls.ts'

/** Published by a SYNC owner: who may see the presence of these users has changed, or their status; new profiles. */
export const presenceRulesShape = z.object({
  users: z.array(userIdSchema),
  profiles: z.array(userShape).default([]),
})

/** Published by each edge once a second: SYNC owners drop the sessions of an edge that fell silent. */
export const edgeAliveShape = z.object({ edge: edgeIdSchema, incarnation: count })

export const chatCalls = [
  channelCreate,
  memberPut,
  memberDelete,
  channelChange,
  channelReach,
  channelInfo,
  channelInfos,
  channelMembers,
  channelWindow,
  receiptsPut,
  receiptsGet,
  channelOpen,
  channelClose,
  typingMay,
  threadRoot,
  invitePreview,
  invitesList,
  bansList,
  pinsList,
  versionsReach,
  messagesExpire,
] as const
export const syncCalls = [
  register,
  unregister,
  queueHead,
  readMark,
  recentReads,
  profilePut,
  userChange,
  userState,
  blockersOf,
  received,
  channelHeads,
  presenceAudience,
] as const
