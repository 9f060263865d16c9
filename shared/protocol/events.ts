import { z } from 'zod'
import { settingsPatch } from './channel-settings.ts'
import { channelIdSchema, cidSchema, deviceIdSchema, userIdSchema } from './ids.ts'
import {
  MAX_BODY_BYTES,
  MAX_SEQ,
  MAX_STATUS_CHARS,
  MAX_STATUS_EMOJI_CHARS,
  MAX_TEXT_BYTES,
  TYPING_OVER_MS,
} from './limits.ts'
import { roleSchema } from './rights.ts'
import { muteSchema, settingsPatchSchema, statusSchema } from './settings.ts'

/** What happens, as it stands in `event.event` of a frame; the union is at the end, one entry a kind. */
const seq = z.number().int().min(0).max(MAX_SEQ)
/** A string is a text body; an object may hold `text` and whatever else the clients agree on. */
export const bodySchema = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe(
    `text of at most ${MAX_TEXT_BYTES} bytes, or an object of at most ${MAX_BODY_BYTES} bytes as JSON`,
  )
export type Body = z.infer<typeof bodySchema>
export const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds')

/** Whom a message mentions beside single people: everyone in the channel, or everyone who is there just now. */
export const MENTION_ALL = ['channel', 'here'] as const
export type MentionAll = (typeof MENTION_ALL)[number]
export const mentionAllSchema = z.enum(MENTION_ALL).describe('mentions everyone, or everyone who is online')

export const reactionSchema = z.object({
  emoji: z.string(),
  count: z.number().int().min(1),
  mine: z.boolean().describe('whether I am among them'),
})

export const threadRepliesSchema = z.object({
  count: z
    .number()
    .int()
    .min(1)
    .describe('replies, those that were deleted included: they keep their places'),
  last: seq.describe('the newest reply'),
})

export const messageSchema = z.object({
  channel: channelIdSchema,
  seq: seq.min(1),
  from: userIdSchema,
  device: deviceIdSchema,
  at: time,
  cid: cidSchema,
  body: bodySchema,
  reply_to: seq.optional().describe('the message that this is a reply to, in its thread'),
  thread: seq.optional().describe('the message that the thread began with'),
  quote: seq.optional().describe('the message that it quotes, outside of any thread'),
  mentions: z.array(userIdSchema).optional(),
  mention_all: mentionAllSchema.optional(),
  forwarded: z
    .object({ channel: channelIdSchema.optional(), seq: seq.optional(), from: userIdSchema })
    .optional()
    .describe('where it was first said, as far as its readers may know'),
  expires_at: time.optional().describe('it disappears then'),
  edited_at: time.optional(),
  deleted: z.literal(true).optional().describe('its body is gone'),
  reactions: z.array(reactionSchema).optional(),
  pinned: z.literal(true).optional(),
  thread_replies: threadRepliesSchema
    .optional()
    .describe('of a message that a thread began with, in pages of history'),
})
export type Message = z.infer<typeof messageSchema>

/** What a person says of themselves, by device; to others an invisible one is offline. */
export const SAID_STATUSES = ['online', 'away', 'busy', 'invisible'] as const
/** How others see a person. */
export const SEEN_STATUSES = ['online', 'away', 'busy', 'offline'] as const
export const presenceSchema = z.object({
  user: userIdSchema,
  status: z.enum(SEEN_STATUSES),
  last_seen: time.nullable().describe('when they were last there; null = never, or not for me to know'),
  text: z
    .string()
    .max(MAX_STATUS_EMOJI_CHARS + 1 + MAX_STATUS_CHARS)
    .optional()
    .describe('what a device of theirs said with it; else their status, emoji and text, as long as it holds'),
})
export type Presence = z.infer<typeof presenceSchema>

const inChannel = { channel: channelIdSchema, rev: seq, at: time, by: userIdSchema }

export const eventSchema = z.discriminatedUnion('kind', [
  messageSchema.extend({
    kind: z.literal('message'),
    rev: seq.optional().describe('in live events of an open channel'),
  }),
  z.object({
    kind: z.literal('edited'),
    ...inChannel,
    seq,
    body: bodySchema,
    edited_at: time,
    mentions: z.array(userIdSchema).optional(),
    deleted: z.literal(true).optional().describe('the message was deleted since: its body is gone'),
  }),
  z.object({
    kind: z.literal('deleted'),
    ...inChannel,
    seq,
    reason: z.literal('expired').optional().describe('nobody did it: its time was over'),
  }),
  z.object({
    kind: z.literal('reaction'),
    ...inChannel,
    seq,
    user: userIdSchema,
    emoji: z.string(),
    on: z.boolean(),
  }),
  z.object({ kind: z.literal('pinned'), ...inChannel, seq, on: z.boolean() }),
  z.object({
    kind: z.literal('read'),
    channel: channelIdSchema,
    user: userIdSchema,
    seq,
    thread: seq.optional().describe('read up to seq in this thread alone'),
  }),
  z.object({ kind: z.literal('delivered'), channel: channelIdSchema, user: userIdSchema, seq }),
  z.object({
    kind: z.literal('head'),
    channel: channelIdSchema,
    seq,
    rev: seq,
    mention_all: mentionAllSchema.optional(),
  }),
  z.object({
    kind: z.literal('channel'),
    change: z.enum(['created', 'changed', 'joined', 'left', 'removed']),
    ...inChannel,
    user: userIdSchema.optional().describe('who joined, left or was removed, or whose role changed'),
    count: z
      .number()
      .int()
      .optional()
      .describe('how many joined at once, I among them if I had no such channel; `user` is absent then'),
    role: roleSchema
      .optional()
      .describe('the user’s role from now on; who hands the channel over to an owner becomes an admin'),
    banned: z.literal(true).optional().describe('the user was removed and can’t come back'),
    name: z.string().nullable().optional(),
    channel_kind: z.enum(['direct', 'group', 'broadcast']).optional(),
    members: z.number().int().optional(),
    head: seq.optional(),
    fanout: z
      .enum(['queue', 'read'])
      .optional()
      .describe('whether messages are copied to queues, or read by `open`'),
    ...settingsPatch.omit({ name: true }).shape,
  }),
  z
    .object({
      kind: z.literal('settings'),
      settings: settingsPatchSchema,
      mute: z.object({ channel: channelIdSchema, mute: muteSchema.nullable() }),
      draft: z.object({ channel: channelIdSchema, body: bodySchema.nullable() }),
      contact: z.object({ user: userIdSchema, on: z.boolean() }),
      block: z.object({ user: userIdSchema, on: z.boolean() }),
      status: statusSchema.nullable(),
      removed_device: deviceIdSchema,
    })
    .partial()
    .required({ kind: true })
    .describe('what changed of my own, on whichever device; only what changed is named'),
  z.object({
    kind: z.literal('profile'),
    user: userIdSchema,
    name: z.string(),
    display_name: z.string(),
    avatar: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('typing'),
    channel: channelIdSchema,
    user: userIdSchema,
    on: z
      .boolean()
      .describe(`said anew while it lasts: over, too, when not heard again for ${TYPING_OVER_MS / 1000} s`),
  }),
  presenceSchema.extend({ kind: z.literal('presence') }),
])
export type WeftEvent = z.infer<typeof eventSchema>
export type EventOf<Kind extends WeftEvent['kind']> = Extract<WeftEvent, { kind: Kind }>
