import type { seenPut } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const seenPutOperation: Operation<typeof seenPut> =
  ({ store }) =>
  async ({ seen }) => {
    await store.noteSeen(seen)
    return {}
  }
