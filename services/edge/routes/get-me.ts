import { statusFor } from './status.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

export const getMe: Route<'getMe'> = async ({ directory }, { identity }) => {
  const me = identity.user
  return {
    status: 200,
    body: { user: { ...(await userById(directory, me)), ...(await statusFor(directory, me, me)) } },
  }
}
