import { z } from 'zod'
import { Reader, Writer } from '../codec.ts'
import { channelIdSchema, userIdSchema } from '../protocol/ids.ts'
import { type Call, fromJson, jsonCall, toJson } from './call.ts'
import { type MessageRun, readRun, writeRun } from './call-shapes.ts'

/** What any storage worker answers of threads. No access checks: whoever asks has asked the channel's owner before. */
const idempotent = { idempotent: true } as const
const count = z.number().int().min(0)
const limit = z.number().int().min(1).max(200)

/** How far a user has read a thread. */
export const threadMark = z.object({ channel: channelIdSchema, thread: count, seq: count })
export type ThreadMark = z.infer<typeof threadMark>

/** A thread as one user sees it. `root`: the JSON of the message that it began with, as that user sees it. */
export const threadState = z.object({
  channel: channelIdSchema,
  thread: count,
  root: z.string(),
  replies: count,
  last: z.object({ seq: count, from: userIdSchema, at: count }),
  read: count,
  unread: count,
  following: z.boolean(),
})
export type ThreadState = z.infer<typeof threadState>

/**
 * Threads of a channel, the one with the newest reply first, from those whose newest is before `before` on; or `only` that
 * one. `joined`: the head when the user did; `marks`: theirs that the store may not have yet.
 */
export const threadsOfChannel = jsonCall(
  'threads.channel',
  z.object({
    channel: channelIdSchema,
    user: userIdSchema,
    joined: count,
    marks: z.array(threadMark),
    before: count.nullable(),
    only: count.nullable(),
    limit,
  }),
  z.object({ threads: z.array(threadState), more: z.boolean() }),
  idempotent,
)

/** Where a page of followed threads ended: the time and place of its last one's newest reply. */
export const followedPlace = z.object({ at: count, channel: channelIdSchema, thread: count })
export type FollowedPlace = z.infer<typeof followedPlace>
/** Those that a user follows and that have unread replies, the newest reply first (`Store.followedThreads` says how many are looked at). */
export const threadsFollowed = jsonCall(
  'threads.followed',
  z.object({
    user: userIdSchema,
    marks: z.array(threadMark),
    after: followedPlace.nullable(),
    limit,
  }),
  z.object({ threads: z.array(threadState), more: z.boolean() }),
  idempotent,
)

/** A page of a thread's replies: before or after a seq, else the newest; ascending, fewer if they would pass MAX_PAGE_BYTES. */
export type ThreadPage = { readonly messages: MessageRun['messages']; readonly more: boolean }
const threadPageRequest = z.object({
  channel: channelIdSchema,
  user: userIdSchema,
  thread: count,
  before: count.optional(),
  after: count.optional(),
  limit,
})
export type ThreadPageRequest = z.infer<typeof threadPageRequest>
export const threadPage: Call<ThreadPageRequest, ThreadPage> = {
  name: 'threads.page',
  idempotent: true,
  encodeRequest: toJson,
  decodeRequest: (bytes) => threadPageRequest.parse(fromJson(bytes)),
  encodeResponse: ({ messages, more }) =>
    writeRun(new Writer(4096).u8(more ? 1 : 0), { from: 0, messages }).finish(),
  decodeResponse: (bytes) => {
    const reader = new Reader(bytes)
    return { more: reader.u8() === 1, messages: readRun(reader).messages }
  },
}
