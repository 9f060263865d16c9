import { fromJson } from '../../../shared/fabric/call.ts'
import { confirmedShape } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'

/** How far the store has this partition: what it has may leave memory. */
export const onConfirmed =
  ({ machine }: PartitionContext) =>
  (bytes: Uint8Array): void =>
    machine.confirm(confirmedShape.parse(fromJson(bytes)).pack)
