import { z } from 'zod'
import { avatarSchema } from '../avatar.ts'
import { statusSchema } from '../settings.ts'
import { limit, next, operation } from './operation.ts'
import { displayNameSchema, userSchema } from './shapes.ts'

/** People: profiles, and what a user says about themselves. */
export const userOperations = {
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
      avatar: avatarSchema.nullable().optional(),
      status: statusSchema.nullable().optional().describe('null = none'),
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
    summary: 'Find users, whatever the case: by exact `name`, or those whose name begins with `q`, ascending',
    auth: true,
    query: z
      .object({
        name: z.string().min(1).max(256).optional(),
        q: z.string().min(1).max(256).optional(),
        limit,
      })
      .refine(({ name, q }) => (name === undefined) !== (q === undefined), {
        message: 'name: give either it or q',
      }),
    body: null,
    answers: { 200: z.object({ items: z.array(userSchema), next }) },
  }),
} as const
