import { z } from 'zod'
import { messageSchema } from './frames.ts'
import { channelIdSchema, deviceIdSchema, userIdSchema } from './ids.ts'
import { MAX_MEMBERS_PER_CALL, MAX_NAME_CHARS, PAGE_DEFAULT, PAGE_MAX } from './limits.ts'

/**
 * The HTTP calls of PROTOCOL.md: one schema each for what is asked and answered. The edge checks requests with them,
 * and OpenAPI is made from them.
 */
const seq = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** A number in a query. */
const queryNumber = (min: number, max: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))
    .describe(what)

export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/,
    'must be 1 to 32 letters, digits and . _ - between them',
  )
  .describe('a user name; unique, whatever its case')
const displayNameSchema = z.string().min(1).max(MAX_NAME_CHARS).describe('what others see')
const passwordSchema = z.string().min(8, 'must have at least 8 characters').max(256)

export const userSchema = z.object({
  id: userIdSchema,
  name: z.string(),
  display_name: z.string(),
  avatar: z.string().nullable(),
})

export const roleSchema = z.enum(['owner', 'admin', 'member'])
export const channelSchema = z.object({
  id: channelIdSchema,
  kind: z.enum(['direct', 'group', 'broadcast']),
  name: z.string().nullable(),
  members: z.number().int().describe('how many'),
  head: seq.describe('the newest seq'),
  rev: seq.describe('the newest record'),
  read: seq.describe('this user has read up to here'),
  unread: z.number().int(),
  muted: z.boolean(),
  role: roleSchema,
  fanout: z.enum(['queue', 'read']),
  lineage: z.number().int(),
  peer: userIdSchema.optional().describe('the other user of a direct channel'),
  last: messageSchema
    .optional()
    .describe('the newest message, left out with last=0, and in lists unless last=1'),
})
export type ChannelView = z.infer<typeof channelSchema>

const sessionSchema = z.object({
  user: userSchema,
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.number().int().describe('seconds'),
})

const next = z.string().nullable().describe('pass it as `cursor` for the next page; null = there is none')
const limit = queryNumber(1, PAGE_MAX, `items on a page; ${PAGE_DEFAULT} if absent`).optional()
const pageCursor = z
  .string()
  .regex(/^[A-Za-z0-9_:~-]{1,256}$/, 'must be the `next` of an earlier page')
  .optional()
const last = z.enum(['0', '1']).optional().describe('1 = with each channel’s newest message, 0 = without')

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), retry_after: z.number().optional() }),
})

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** `auth`: whether it takes an access token as `Authorization: Bearer`. Null = no body, or none in the answer. */
export type HttpOperation = {
  readonly method: HttpMethod
  /** With parameters as `{name}`. */
  readonly path: string
  readonly summary: string
  readonly auth: boolean
  readonly query: z.ZodType | null
  readonly body: z.ZodType | null
  readonly answers: Readonly<Record<number, z.ZodType | null>>
}
const operation = <const O extends HttpOperation>(described: O): O => described

export const httpOperations = {
  createAccount: operation({
    method: 'POST',
    path: '/v1/accounts',
    summary: 'Create an account',
    auth: false,
    query: null,
    body: z.object({
      name: nameSchema,
      password: passwordSchema,
      display_name: displayNameSchema.optional(),
    }),
    answers: { 201: z.object({ user: userSchema }) },
  }),
  createSession: operation({
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Log in',
    auth: false,
    query: null,
    body: z.object({
      name: z.string().min(1).max(256),
      password: z.string().min(1).max(256),
      device: deviceIdSchema,
    }),
    answers: { 201: sessionSchema },
  }),
  refreshSession: operation({
    method: 'POST',
    path: '/v1/sessions/refresh',
    summary: 'Get new tokens; a refresh token that is used twice ends its whole family',
    auth: false,
    query: null,
    body: z.object({ refresh_token: z.string().min(1).max(1024) }),
    answers: { 200: sessionSchema },
  }),
  endSession: operation({
    method: 'DELETE',
    path: '/v1/sessions/current',
    summary: 'Log out',
    auth: true,
    query: null,
    body: null,
    answers: { 204: null },
  }),
  getMe: operation({
    method: 'GET',
    path: '/v1/me',
    summary: 'My own profile',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ user: userSchema }) },
  }),
  patchMe: operation({
    method: 'PATCH',
    path: '/v1/me',
    summary: 'Change my profile',
    auth: true,
    query: null,
    body: z.object({
      display_name: displayNameSchema.optional(),
      avatar: z.string().max(2048).nullable().optional(),
    }),
    answers: { 200: z.object({ user: userSchema }) },
  }),
  getUser: operation({
    method: 'GET',
    path: '/v1/users/{user}',
    summary: 'A profile',
    auth: true,
    query: null,
    body: null,
    answers: { 200: z.object({ user: userSchema }) },
  }),
  findUsers: operation({
    method: 'GET',
    path: '/v1/users',
    summary: 'Find a user by exact name, whatever its case',
    auth: true,
    query: z.object({ name: z.string().min(1).max(256) }),
    body: null,
    answers: { 200: z.object({ items: z.array(userSchema), next }) },
  }),
  createChannel: operation({
    method: 'POST',
    path: '/v1/channels',
    summary: 'Create a channel; 200 with the same one for a direct channel that exists',
    auth: true,
    query: null,
    body: z.object({
      kind: z.enum(['direct', 'group', 'broadcast']),
      name: z.string().min(1).max(MAX_NAME_CHARS).nullable().optional(),
      members: z.array(userIdSchema).max(MAX_MEMBERS_PER_CALL).optional(),
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
  listMembers: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/members',
    summary: 'A channel’s members, ascending by id',
    auth: true,
    query: z.object({ limit, cursor: pageCursor }),
    body: null,
    answers: { 200: z.object({ items: z.array(z.object({ user: userSchema, role: roleSchema })), next }) },
  }),
  putMember: operation({
    method: 'PUT',
    path: '/v1/channels/{channel}/members/{user}',
    summary: 'Add a member, or change a role',
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
  listMessages: operation({
    method: 'GET',
    path: '/v1/channels/{channel}/messages',
    summary: 'A page of history, ascending; at most one of before, after and around; the newest without',
    auth: true,
    query: z.object({
      before: queryNumber(0, Number.MAX_SAFE_INTEGER, 'messages before this seq').optional(),
      after: queryNumber(0, Number.MAX_SAFE_INTEGER, 'messages after this seq').optional(),
      around: queryNumber(0, Number.MAX_SAFE_INTEGER, 'messages around this seq').optional(),
      limit,
      cursor: pageCursor,
    }),
    body: null,
    answers: { 200: z.object({ items: z.array(messageSchema), next }) },
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
  listEdges: operation({
    method: 'GET',
    path: '/v1/edges',
    summary: 'Edges to connect to, best first',
    auth: false,
    query: null,
    body: null,
    answers: { 200: z.object({ items: z.array(z.object({ url: z.string(), region: z.string() })), next }) },
  }),
  getJwks: operation({
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The public keys that access tokens are signed with (RFC 7517)',
    auth: false,
    query: null,
    body: null,
    answers: { 200: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) },
  }),
} as const
export type HttpOperationName = keyof typeof httpOperations
