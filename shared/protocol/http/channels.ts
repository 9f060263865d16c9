import { z } from 'zod'
import { askedSettings } from '../channel-settings.ts'
import { userIdSchema } from '../ids.ts'
import { MAX_MEMBERS_PER_CALL } from '../limits.ts'
import { roleSchema } from '../rights.ts'
import { limit, next, operation, pageCursor } from './operation.ts'
import { channelSchema, userSchema } from './shapes.ts'

const last = z.enum(['0', '1']).optional().describe('1 = with each channel’s newest message, 0 = without')

/** Channels and their members. */
export const channelOperations = {
  createChannel: operation({
    method: 'POST',
    path: '/v1/channels',
    summary: 'Create a channel; 200 with the same one for a direct channel that exists',
    auth: true,
    query: null,
    body: z.object({
      kind: z.enum(['direct', 'group', 'broadcast']),
      members: z.array(userIdSchema).max(MAX_MEMBERS_PER_CALL).optional(),
      ...askedSettings.omit({ archived: true }).partial().shape,
    }),
    answers: { 200: z.object({ channel: channelSchema }), 201: z.object({ channel: channelSchema }) },
  }),
  listChannels: operation({
    method: 'GET',
    path: '/v1/channels',
    summary: 'My channels',
    auth: true,
    query: z.object({ limit, cursor: pageCursor, last }),
    body: null,
    answers: { 200: z.object({ items: z.array(channelSchema), next }) },
  }),
  getChannel: operation({
    method: 'GET',
    path: '/v1/channels/{channel}',
    summary: 'One of my channels',
    auth: true,
    query: z.object({ last }),
    body: null,
    answers: { 200: z.object({ channel: channelSchema }) },
  }),
  patchChannel: operation({
    method: 'PATCH',
    path: '/v1/channels/{channel}',
    summary: 'Change what a channel is called and about, who finds it, what roles may do; archive it',
    auth: true,
    query: null,
    body: askedSettings.partial().refine((settings) => Object.keys(settings).length > 0, {
      message: 'must name something to change',
    }),
    answers: { 200: z.object({ channel: channelSchema }) },
  }),
  listMembers: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/members',
    summary: 'A channel’s members, ascending by id',
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: { 200: z.object({ items: z.array(z.object({ user: userSchema, role: roleSchema })), next }) },
  }),
  addMembers: operation({
    method: 'POST',
    path: '/v1/channels/{channel}/members',
    summary: 'Add many members at once; who is one already stays as they are',
    auth: true,
    query: null,
    body: z.object({ users: z.array(userIdSchema).min(1).max(MAX_MEMBERS_PER_CALL) }),
    answers: { 200: z.object({ channel: channelSchema }) },
  }),
  putMember: operation({
    method: 'PUT',
    path: '/v1/channels/{channel}/members/{user}',
    summary: 'Add a member, change a role, or join a public channel',
    auth: true,
    query: null,
    body: z.object({ role: roleSchema.optional() }).optional(),
    answers: { 200: z.object({ channel: channelSchema }), 201: z.object({ channel: channelSchema }) },
  }),
  deleteMember: operation({
    method: 'DELETE',
    path: '/v1/channels/{channel}/members/{user}',
    summary: 'Leave, or remove a member',
    auth: true,
    query: null,
    body: null,
    answers: { 204: null },
  }),
  getSnapshot: operation({
    method: 'GET',
    path: '/v1/sync',
    summary: 'Snapshot after a `reset`: go on from its cursor (of the first page)',
    auth: true,
    query: z.object({ limit, cursor: pageCursor, last }),
    body: null,
    answers: { 200: z.object({ cursor: z.string(), channels: z.array(channelSchema), next }) },
  }),
} as const
