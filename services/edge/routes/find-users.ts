import { usersByName, usersByPrefix } from '../../../shared/fabric/calls.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import type { Route } from './types.ts'

export const findUsers: Route<'findUsers'> = async ({ directory }, { query }) => {
  const { name, q = '', limit = PAGE_DEFAULT } = query
  const { users } =
    name === undefined
      ? await directory.callStorage(usersByPrefix, { prefix: q, limit })
      : await directory.callStorage(usersByName, { name })
  return { status: 200, body: { items: users, next: null } }
}
