import { z } from 'zod'
import { channelIdSchema, cidSchema, deviceIdSchema, userIdSchema } from './ids.ts'
import { MAX_BODY_BYTES, MAX_TEXT_BYTES } from './limits.ts'

/** What happens, as it stands in `event.event` of a frame; the union is at the end, one entry a kind. */
const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** A string is a text body; an object may hold `text` and whatever else the clients agree on. */
export const bodySchema = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe(
    `text of at most ${MAX_TEXT_BYTES} bytes, or an object of at most ${MAX_BODY_BYTES} bytes as JSON`,
  )
export type Body = z.infer<typeof bodySchema>
export const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds')

export const messageSchema = z.object({
  channel: channelIdSchema,
  seq: seq.min(1),
  from: userIdSchema,
  device: deviceIdSchema,
  at: time,
  cid: cidSchema,
  body: bodySchema,
  reply_to: seq.optional(),
  mentions: z.array(userIdSchema).optional(),
})
export type Message = z.infer<typeof messageSchema>

export const eventSchema = z.discriminatedUnion('kind', [
  messageSchema.extend({ kind: z.literal('message') }),
  z.object({ kind: z.literal('read'), channel: channelIdSchema, user: userIdSchema, seq }),
  z.object({
    kind: z.literal('channel'),
    change: z.enum(['created', 'changed', 'joined', 'left', 'removed']),
    channel: channelIdSchema,
    rev: seq,
    at: time,
    by: userIdSchema,
    user: userIdSchema.optional().describe('who joined, left or was removed'),
    name: z.string().nullable().optional(),
    channel_kind: z.enum(['direct', 'group', 'broadcast']).optional(),
    members: z.number().int().optional(),
    head: seq.optional(),
  }),
  z.object({
    kind: z.literal('profile'),
    user: userIdSchema,
    name: z.string(),
    display_name: z.string(),
    avatar: z.string().nullable(),
  }),
])
export type WeftEvent = z.infer<typeof eventSchema>
