import type { usersGet } from '../../../shared/fabric/calls.ts'
import { portionOf } from '../../../shared/fabric/portions.ts'
import type { Operation } from './types.ts'

export const usersGetOperation: Operation<typeof usersGet> =
  ({ store }) =>
  async ({ ids }) => {
    const found = await store.users(ids)
    const users = portionOf(found)
    const next = found[users.length]
    return { users: [...users], left: next === undefined ? 0 : ids.length - ids.indexOf(next.id) }
  }
