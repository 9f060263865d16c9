import type { Handler } from '../../../shared/fabric/call.ts'
import type { unregister } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/**
 * Sessions that ended. Each is taken off by its own id, whatever the request says of others: a request that was sent
 * again may come after the user's next session has registered.
 */
export const unregisterHandler =
  ({ machine }: PartitionContext): Handler<Asked<typeof unregister>, Answer<typeof unregister>> =>
  ({ edge, incarnation, sessions }) => {
    machine.unregister(edge, incarnation, sessions)
    return {}
  }
