import type { seenGet } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const seenGetOperation: Operation<typeof seenGet> =
  ({ store }) =>
  async ({ users }) => ({ seen: await store.lastSeen(users) })
