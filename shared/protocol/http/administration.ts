import { z } from 'zod'
import { time } from '../events.ts'
import { channelIdSchema, userIdSchema } from '../ids.ts'
import { INVITE_DAYS } from '../limits.ts'
import { limit, next, operation, pageCursor } from './operation.ts'
import { channelSchema } from './shapes.ts'

const count = z.number().int()
const YEAR_S = 365 * 24 * 60 * 60
const MAX_USES = 1_000_000

const inviteSchema = z.object({
  code: z.string(),
  by: userIdSchema,
  created_at: time,
  role: z.enum(['member', 'reader']),
  expires_at: time.nullable(),
  uses: count.describe('how many joined by it'),
  max_uses: count.nullable(),
})

/** A channel as one sees it who isn't in it: a public one, or by an invite. */
const previewSchema = z.object({
  id: channelIdSchema,
  kind: z.enum(['direct', 'group', 'broadcast']),
  name: z.string().nullable(),
  members: count.describe('how many'),
  topic: z.string().nullable(),
  avatar: z.string().nullable(),
  description: z.string().nullable(),
})

/** Who gets into a channel, who is kept out, whose it is. */
export const administrationOperations = {
  listPublicChannels: operation({
    method: 'GET',
    path: '/v1/public-channels',
    summary: 'Public channels; with `q`, those whose name has a word that begins with each of its words',
    auth: true,
    query: z.object({ q: z.string().max(256).optional(), limit, cursor: pageCursor }),
    body: null,
    answers: { 200: z.object({ items: z.array(previewSchema), next }) },
  }),
  transferChannel: operation({
    method: 'POST',
    path: '/v1/channels/{channel}/owner',
    summary: 'Hand a channel that I own over to another member; I am an admin from then on',
    auth: true,
    query: null,
    body: z.object({ user: userIdSchema }),
    answers: { 200: z.object({ channel: channelSchema }) },
  }),
  listBans: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/bans',
    summary: 'Who is banned, ascending by id; for those who moderate',
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: {
      200: z.object({
        items: z.array(z.object({ user: userIdSchema, by: userIdSchema, at: time })),
        next,
      }),
    },
  }),
  putBan: operation({
    method: 'PUT',
    path: '/v1/channels/{channel}/bans/{user}',
    summary: 'Ban a user: removed if they are a member, and no way back in',
    auth: true,
    query: null,
    body: null,
    answers: { 204: null },
  }),
  deleteBan: operation({
    method: 'DELETE',
    path: '/v1/channels/{channel}/bans/{user}',
    summary: 'Lift a ban',
    auth: true,
    query: null,
    body: null,
    answers: { 204: null },
  }),
  createInvite: operation({
    method: 'POST',
    path: '/v1/channels/{channel}/invites',
    summary: 'Make a link that others join by',
    auth: true,
    query: null,
    body: z
      .object({
        expires_in: count
          .min(1)
          .max(YEAR_S)
          .nullable()
          .optional()
          .describe(`seconds; ${INVITE_DAYS} days if absent, null = never`),
        max_uses: count.min(1).max(MAX_USES).nullable().optional().describe('absent or null = any number'),
        role: z.enum(['member', 'reader']).optional().describe('what they become; a member if absent'),
      })
      .optional(),
    answers: { 201: z.object({ invite: inviteSchema }) },
  }),
  listInvites: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/invites',
    summary: 'A channel’s links that are good, oldest first',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ items: z.array(inviteSchema), next }) },
  }),
  deleteInvite: operation({
    method: 'DELETE',
    path: '/v1/channels/{channel}/invites/{code}',
    summary: 'Revoke a link',
    auth: true,
    query: null,
    body: null,
    answers: { 204: null },
  }),
  getInvite: operation({
    method: 'GET',
    path: '/v1/invites/{code}',
    summary: 'What a link leads to; `not_found` whatever is wrong with it',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ channel: previewSchema, expires_at: time.nullable() }) },
  }),
  useInvite: operation({
    method: 'POST',
    path: '/v1/invites/{code}',
    summary: 'Join by a link; 200 for one who is a member already, and no use is counted',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ channel: channelSchema }), 201: z.object({ channel: channelSchema }) },
  }),
} as const
