import { z } from 'zod'
import { deviceIdSchema } from '../ids.ts'
import { shownNameSchema } from '../names.ts'
import { operation } from './operation.ts'
import { displayNameSchema, userSchema } from './shapes.ts'

export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/,
    'must be 1 to 32 letters, digits and . _ - between them',
  )
  .describe('a user name; unique, whatever its case')
const passwordSchema = z.string().min(8, 'must have at least 8 characters').max(256)

const sessionSchema = z.object({
  user: userSchema,
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.number().int().describe('seconds'),
})

/** Accounts, log-ins and the keys of tokens. */
export const accountOperations = {
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
      device_name: shownNameSchema.optional(),
      platform: z.string().min(1).max(64).optional(),
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
