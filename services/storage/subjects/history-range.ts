import type { historyRange } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const historyRangeOperation: Operation<typeof historyRange> =
  ({ history }) =>
  ({ channel, first, last }) =>
    history.range(channel, first, last)
