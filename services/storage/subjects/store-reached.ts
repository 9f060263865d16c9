import type { storeReached } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const storeReachedOperation: Operation<typeof storeReached> =
  ({ progress }) =>
  async ({ positions, wait_ms }) => {
    await progress.reached(positions, wait_ms)
    return {}
  }
