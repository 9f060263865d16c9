import { usersByName } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

export const findUsers: Route<'findUsers'> = async ({ directory }, { query }) => {
  const { users } = await directory.callStorage(usersByName, { name: query.name })
  return { status: 200, body: { items: users, next: null } }
}
