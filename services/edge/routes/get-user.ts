import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { statusFor } from './status.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

export const getUser: Route<'getUser'> = async ({ directory }, { identity, params }) => {
  const id = trusted<UserId>(params.user ?? '')
  const user = await userById(directory, id)
  return { status: 200, body: { user: { ...user, ...(await statusFor(directory, id, identity.user)) } } }
}
