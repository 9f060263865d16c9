import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

export const getUser: Route<'getUser'> = async ({ directory }, { params }) => ({
  status: 200,
  body: { user: await userById(directory, trusted<UserId>(params.user ?? '')) },
})
