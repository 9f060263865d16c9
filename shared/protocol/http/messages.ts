import { z } from 'zod'
import { bodySchema, eventSchema, messageSchema, time } from '../events.ts'
import { userIdSchema } from '../ids.ts'
import { MAX_REACTORS_SHOWN, MAX_SEQ } from '../limits.ts'
import { limit, next, operation, pageCursor, queryNumber } from './operation.ts'

/** What was said. */
export const messageOperations = {
  listMessages: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/messages',
    summary: 'A page of history, ascending; at most one of before, after and around; the newest without',
    auth: true,
    query: z.object({
      before: queryNumber(0, MAX_SEQ, 'messages before this seq').optional(),
      after: queryNumber(0, MAX_SEQ, 'messages after this seq').optional(),
      around: queryNumber(0, MAX_SEQ, 'messages around this seq').optional(),
      thread: queryNumber(
        1,
        MAX_SEQ,
        'the replies of the thread that began with this message, and no others',
      ).optional(),
      limit,
      cursor: pageCursor,
    }),
    body: null,
    answers: { 200: z.object({ items: z.array(messageSchema), next, partial: z.literal(true).optional() }) },
  }),
  listVersions: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/messages/{seq}/versions',
    summary:
      'What a message said before it was edited, and says, oldest first; for its author and who moderates',
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: {
      200: z.object({
        items: z.array(
          z.object({
            body: bodySchema,
            at: time,
            by: userIdSchema,
            mentions: z.array(userIdSchema).optional(),
          }),
        ),
        next,
      }),
    },
  }),
  listPins: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/pins',
    summary: 'What is pinned in a channel, by whom and when; the newest pin first',
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: {
      200: z.object({
        items: z.array(z.object({ message: messageSchema, by: userIdSchema, at: time })),
        next,
      }),
    },
  }),
  listReactions: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/messages/{seq}/reactions',
    summary: `Who reacted to a message, by emoji; of each, the first ${MAX_REACTORS_SHOWN} people`,
    auth: true,
    query: null,
    body: null,
    answers: {
      200: z.object({
        items: z.array(
          z.object({
            emoji: z.string(),
            count: z.number().int().describe('how many people'),
            users: z.array(userIdSchema).describe('the first to react first'),
          }),
        ),
        next,
      }),
    },
  }),
  listChanges: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/changes',
    summary: 'What changed beside new messages, ascending by rev; `next` is the rev to go on after',
    auth: true,
    query: z.object({ after_rev: queryNumber(0, MAX_SEQ, 'changes after this rev'), limit }),
    body: null,
    answers: { 200: z.object({ items: z.array(eventSchema), next }) },
  }),
} as const
