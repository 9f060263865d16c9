import { z } from 'zod'
import { messageSchema, time } from '../events.ts'
import { channelIdSchema, userIdSchema } from '../ids.ts'
import { MAX_FOLLOWED_THREADS, MAX_THREAD_UNREAD } from '../limits.ts'
import { limit, next, operation, pageCursor } from './operation.ts'

const count = z.number().int().min(0)

export const threadSchema = z.object({
  channel: channelIdSchema,
  thread: count.describe('the seq of the message that it began with'),
  root: messageSchema.describe('that message, also if it was deleted'),
  replies: count.describe('those that were deleted included'),
  last: z.object({ seq: count, from: userIdSchema, at: time }).describe('the newest reply'),
  read: count.describe('I have read it up to here; writing in it is reading it'),
  unread: count.describe(
    `replies after that, and after I joined, that are neither mine nor deleted; counted up to ${MAX_THREAD_UNREAD}`,
  ),
  following: z.boolean().describe('I wrote the first message or a reply, or am named in one'),
})

/** Replies, by what they reply to. */
export const threadOperations = {
  listThreads: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/threads',
    summary: 'A channel’s threads, the one with the newest reply first; a page may hold fewer than `limit`',
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: { 200: z.object({ items: z.array(threadSchema), next }) },
  }),
  getThread: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/threads/{thread}',
    summary: 'One thread, by the seq of the message that it began with',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ thread: threadSchema }) },
  }),
  listFollowedThreads: operation({
    method: 'GET',
    path: '/v1/threads',
    summary: `Threads of all my channels that I follow and that have unread replies, the newest reply first; of those that I took part in (wrote in, was named in), the last ${MAX_FOLLOWED_THREADS} are looked at`,
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: { 200: z.object({ items: z.array(threadSchema), next }) },
  }),
} as const
