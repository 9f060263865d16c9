import type { Handler } from '../../../shared/fabric/call.ts'
import type { recentReads } from '../../../shared/fabric/calls.ts'
import { threadOfKey } from '../../../shared/fabric/user-requests.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Read marks that the store may not have yet. */
export const readRecentHandler =
  ({ machine }: PartitionContext): Handler<Asked<typeof recentReads>, Answer<typeof recentReads>> =>
  ({ user }) => ({
    reads: machine.recentReads(user),
    threads: [...machine.recentState(user, 'thread')].map(([key, value]) => ({
      ...threadOfKey(key),
      seq: Number(value),
    })),
  })
