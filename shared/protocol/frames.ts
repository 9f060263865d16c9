import { z } from 'zod'
import { bodySchema, eventSchema, mentionAllSchema, presenceSchema, SAID_STATUSES, time } from './events.ts'
import { channelIdSchema, cidSchema, deviceIdSchema, userIdSchema } from './ids.ts'
import { MAX_MENTIONS, MAX_SEQ, MAX_STATUS_CHARS, MAX_WATCHES_PER_FRAME } from './limits.ts'

const id = z
  .number()
  .int()
  .positive()
  .max(Number.MAX_SAFE_INTEGER)
  .describe("the request's number; its answer carries it")
const seq = z.number().int().min(0).max(MAX_SEQ)
const cursor = z.string().min(1).max(128).describe('a place in the queue: <epoch>:<n>')
const on = z.boolean()

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
  body: bodySchema.optional().describe('absent in a forward alone'),
  ack: z.enum(['region', 'global']).optional(),
  reply_to: seq.min(1).optional().describe('a reply, in the thread of this message'),
  quote: seq.min(1).optional().describe('quotes this message, outside of any thread'),
  mentions: z.array(userIdSchema).max(MAX_MENTIONS).optional(),
  mention_all: mentionAllSchema.optional(),
  forward: z
    .object({ channel: channelIdSchema, seq: seq.min(1) })
    .optional()
    .describe('says what this message says now, which I must be able to read; a body beside it is ignored'),
})

export const syncFrame = z.object({ t: z.literal('sync'), id, cursor })
export const readFrame = z.object({
  t: z.literal('read'),
  id,
  channel: channelIdSchema,
  seq,
  thread: seq
    .min(1)
    .optional()
    .describe('read up to seq in this thread alone, which my own devices are told and nobody else'),
})
export const receivedFrame = z.object({ t: z.literal('received'), id: id.optional(), cursor })
export const pingFrame = z.object({ t: z.literal('ping'), id: id.optional() })
export const pongFrame = z.object({ t: z.literal('pong'), id: id.optional() })
export const editFrame = z.object({
  t: z.literal('edit'),
  id,
  channel: channelIdSchema,
  seq,
  body: bodySchema,
  mentions: z.array(userIdSchema).max(MAX_MENTIONS).optional(),
})
export const deleteFrame = z.object({ t: z.literal('delete'), id, channel: channelIdSchema, seq })
export const reactFrame = z.object({
  t: z.literal('react'),
  id,
  channel: channelIdSchema,
  seq,
  emoji: z.string().min(1).max(256).describe('one emoji, or the name of a custom one'),
  on,
})
export const pinFrame = z.object({ t: z.literal('pin'), id, channel: channelIdSchema, seq, on })
export const typingFrame = z.object({
  t: z.literal('typing'),
  id: id.optional(),
  channel: channelIdSchema,
  on,
})
export const presenceFrame = z.object({
  t: z.literal('presence'),
  id,
  status: z.enum(SAID_STATUSES),
  text: z.string().max(MAX_STATUS_CHARS).optional(),
})
/** More of them than that is `too_large`, which a shape can't say. */
const watched = z.array(userIdSchema).describe(`at most ${MAX_WATCHES_PER_FRAME}`)
export const watchFrame = z.object({ t: z.literal('watch'), id, users: watched })
export const unwatchFrame = z.object({ t: z.literal('unwatch'), id, users: watched })
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
  pin: pinFrame,
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
    rev: seq.optional().describe('of a live event of an open channel'),
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
  ok: z.object({
    t: z.literal('ok'),
    id,
    seq: seq.optional().describe('of `open`: the newest message'),
    rev: seq.optional().describe('of `open`: the newest record'),
    presence: z.array(presenceSchema).optional().describe('of `watch` and `unwatch`'),
  }),
  error: z.object({
    t: z.literal('error'),
    id: id.optional(),
    code: errorCode,
    message: z.string(),
    retry_after: z.number().optional(),
  }),
  ping: z.object({ t: z.literal('ping') }),
  pong: z.object({ t: z.literal('pong'), id: id.optional() }),
  closed: z.object({ t: z.literal('closed'), code: z.number().int(), reason: z.string() }),
  drain: z.object({ t: z.literal('drain'), in: z.number(), edges: z.array(z.string()) }),
} as const
export type ServerFrameType = keyof typeof serverFrames
export type ServerFrame = { [T in ServerFrameType]: z.infer<(typeof serverFrames)[T]> }[ServerFrameType]
