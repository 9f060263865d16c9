import type { Handler } from '../../../shared/fabric/call.ts'
import type { channelHeads } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** New heads of channels above the threshold; answered once they stand. */
export const channelHeadsHandler =
  ({ machine }: PartitionContext): Handler<Asked<typeof channelHeads>, Answer<typeof channelHeads>> =>
  ({ marks }) =>
    machine.ask((reply) => ({ type: 'heads', marks, reply }))
