import { z } from 'zod'
import { fromJson } from '../../../shared/fabric/call.ts'
import { edgeIdSchema } from '../../../shared/protocol/ids.ts'
import type { PartitionContext } from '../context.ts'

const aliveShape = z.object({ edge: edgeIdSchema, incarnation: z.number().int().min(0) })

/** An edge's sign of life, once a second. */
export const onEdgeAlive =
  ({ machine }: PartitionContext) =>
  (bytes: Uint8Array): void => {
    const { edge, incarnation } = aliveShape.parse(fromJson(bytes))
    machine.edgeAlive(edge, incarnation)
  }
