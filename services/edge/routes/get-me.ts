import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

export const getMe: Route<'getMe'> = async ({ directory }, { identity }) => ({
  status: 200,
  body: { user: await userById(directory, identity.user) },
})
