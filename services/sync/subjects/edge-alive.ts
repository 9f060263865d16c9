import { fromJson } from '../../../shared/fabric/call.ts'
import { edgeAliveShape } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'

/** An edge's sign of life, once a second. */
export const onEdgeAlive =
  ({ machine }: PartitionContext) =>
  (bytes: Uint8Array): void => {
    const { edge, incarnation } = edgeAliveShape.parse(fromJson(bytes))
    machine.edgeAlive(edge, incarnation)
  }
