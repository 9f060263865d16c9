import { z } from 'zod'
import { channelIdSchema, cidSchema, deviceIdSchema, userIdSchema } from './ids.ts'
import { MAX_BODY_BYTES, MAX_MENTIONS, MAX_TEXT_BYTES } from './limits.ts'

const id = z
  .number()
  .int()
  .positive()
  .max(Number.MAX_SAFE_INTEGER)
  .describe("the request's number; its answer carries it")
const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const cursor = z.string().min(1).max(128).describe('a place in the queue: <epoch>:<n>')
const on = z.boolean()

/** A string is a text body; an object may hold `text` and whatever else the clients agree on. */
export const bodySchema = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe(
    `text of at most ${MAX_TEXT_BYTES} bytes, or an object of at most ${MAX_BODY_BYTES} bytes as JSON`,
  )
export type Body = z.infer<typeof bodySchema>

export const helloFrame = z.object({
  t: z.literal('hello'),
  id,
  token: z.string().min(1).max(8192),
  device: deviceIdSchema,
  cursor: cursor.optional(),
})

export const sendFrame = z.object({
  t: z.literal('send'),
  id,
  channel: channelIdSchema,
  cid: cidSchema,
  body: bodySchema,
  ack: z.enum(['region', 'global']).optional(),
  reply_to: seq.min(1).optional(),
  mentions: z.array(userIdSchema).max(MAX_MENTIONS).optional(),
})

export const syncFrame = z.object({ t: z.literal('sync'), id, cursor })
export const readFrame = z.object({ t: z.literal('read'), id, channel: channelIdSchema, seq })
export const receivedFrame = z.object({ t: z.literal('received'), id: id.optional(), cursor })
export const pingFrame = z.object({ t: z.literal('ping'), id: id.optional() })
export const pongFrame = z.object({ t: z.literal('pong'), id: id.optional() })
export const editFrame = z.object({
  t: z.literal('edit'),
  id,
  channel: channelIdSchema,
  seq,
  body: bodySchema,
})
export const deleteFrame = z.object({ t: z.literal('delete'), id, channel: channelIdSchema, seq })
export const reactFrame = z.object({
  t: z.literal('react'),
  id,
  channel: channelIdSchema,
  seq,
  emoji: z.string().min(1).max(64),
  on,
})
export const typingFrame = z.object({
  t: z.literal('typing'),
  id: id.optional(),
  channel: channelIdSchema,
  on,
})
export const presenceFrame = z.object({
  t: z.literal('presence'),
  id,
  status: z.enum(['online', 'away', 'busy', 'invisible']),
  text: z.string().max(140).optional(),
})
export const watchFrame = z.object({ t: z.literal('watch'), id, users: z.array(userIdSchema).max(1000) })
export const unwatchFrame = z.object({ t: z.literal('unwatch'), id, users: z.array(userIdSchema).max(1000) })
export const openFrame = z.object({
  t: z.literal('open'),
  id,
  channel: channelIdSchema,
  after: seq.optional(),
  after_rev: seq.optional(),
})
export const closeFrame = z.object({ t: z.literal('close'), id, channel: channelIdSchema })
export const stateFrame = z.object({ t: z.literal('state'), id: id.optional(), foreground: z.boolean() })

/** Every frame that a client may send, by its `t`. */
export const clientFrames = {
  hello: helloFrame,
  send: sendFrame,
  sync: syncFrame,
  read: readFrame,
  received: receivedFrame,
  ping: pingFrame,
  pong: pongFrame,
  edit: editFrame,
  delete: deleteFrame,
  react: reactFrame,
  typing: typingFrame,
  presence: presenceFrame,
  watch: watchFrame,
  unwatch: unwatchFrame,
  open: openFrame,
  close: closeFrame,
  state: stateFrame,
} as const
export type ClientFrameType = keyof typeof clientFrames
export type ClientFrame = { [T in ClientFrameType]: z.infer<(typeof clientFrames)[T]> }[ClientFrameType]

const errorCode = z.enum([
  'bad_frame',
  'too_large',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'rejected',
  'rate_limited',
  'unavailable',
])
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

/** Every frame that the server may send, by its `t`. */
export const serverFrames = {
  welcome: z.object({
    t: z.literal('welcome'),
    id: id.optional(),
    user: userIdSchema,
    device: deviceIdSchema,
    session: z.string(),
    region: z.string(),
    edge: z.string(),
    heartbeat: z.number(),
    cursor,
  }),
  event: z.object({
    t: z.literal('event'),
    cursor: cursor.optional(),
    prev: cursor.optional(),
    event: eventSchema,
  }),
  synced: z.object({ t: z.literal('synced'), cursor }),
  reset: z.object({ t: z.literal('reset'), id: id.optional(), reason: z.enum(['expired', 'epoch']), cursor }),
  ack: z.object({
    t: z.literal('ack'),
    id,
    channel: channelIdSchema,
    seq,
    at: time,
    cid: cidSchema,
    duplicate: z.boolean(),
    level: z.enum(['region', 'global']),
  }),
  ok: z.object({ t: z.literal('ok'), id }),
  error: z.object({
    t: z.literal('error'),
    id: id.optional(),
    code: errorCode,
    message: z.string(),
    retry_after: z.number().optional(),
  }),
  ping: z.object({ t: z.literal('ping') }),
  pong: z.object({ t: z.literal('pong'), id: id.optional() }),
  drain: z.object({ t: z.literal('drain'), in: z.number(), edges: z.array(z.string()) }),
} as const
export type ServerFrameType = keyof typeof serverFrames
export type ServerFrame = { [T in ServerFrameType]: z.infer<(typeof serverFrames)[T]> }[ServerFrameType]
