import type { usersByPrefix } from '../../../shared/fabric/calls.ts'
import { nameKey } from '../store/names.ts'
import type { Operation } from './types.ts'

export const usersByPrefixOperation: Operation<typeof usersByPrefix> =
  ({ store }) =>
  async ({ prefix, limit }) => ({ users: await store.usersByPrefix(nameKey(prefix), limit) })
