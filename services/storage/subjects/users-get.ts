import type { usersGet } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const usersGetOperation: Operation<typeof usersGet> =
  ({ store }) =>
  async ({ ids }) => ({ users: await store.users(ids) })
