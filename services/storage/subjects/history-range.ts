import type { historyRange } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const historyRangeOperation: Operation<typeof historyRange> =
  ({ history }) =>
  ({ channel, user, first, last }) =>
    history.range(channel, first, last, user)
