import type { usersByName } from '../../../shared/fabric/calls.ts'
import { nameKey } from '../store/names.ts'
import type { Operation } from './types.ts'

export const usersByNameOperation: Operation<typeof usersByName> =
  ({ store }) =>
  async ({ name }) => ({ users: await store.usersByName(nameKey(name)) })
