import type { Handler } from '../../../shared/fabric/call.ts'
import type { received } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** What a device says it holds; kept in memory alone, since the device says it again. */
export const receivedHandler =
  ({ machine }: PartitionContext): Handler<Asked<typeof received>, Answer<typeof received>> =>
  ({ user, device, epoch, n }) => {
    machine.received(user, device, epoch, n)
    return {}
  }
