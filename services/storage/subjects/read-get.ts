import type { readGet } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const readGetOperation: Operation<typeof readGet> =
  ({ store }) =>
  async ({ user, channel }) => ({ seq: await store.readMark(user, channel) })
