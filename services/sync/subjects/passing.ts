import { decodePassing } from '../../../shared/fabric/wire/passing.ts'
import type { PartitionContext } from '../context.ts'

/** Events that are kept nowhere, for whoever is there. */
export const onPassing =
  ({ machine }: PartitionContext) =>
  (bytes: Uint8Array): void =>
    machine.pass(decodePassing(bytes))
