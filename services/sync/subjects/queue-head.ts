import type { Handler } from '../../../shared/fabric/call.ts'
import type { queueHead } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Where a queue stands, and what is surely in it. */
export const queueHeadHandler =
  ({ machine }: PartitionContext): Handler<Asked<typeof queueHead>, Answer<typeof queueHead>> =>
  ({ user }) =>
    machine.head(user)
