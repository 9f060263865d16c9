import type { messageState } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const messageStateOperation: Operation<typeof messageState> =
  ({ history }) =>
  async ({ channel, seq }) => ({ found: await history.stateOf(channel, seq) })
