import { fromJson } from '../../../shared/fabric/call.ts'
import { presenceRulesShape } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'

/** Who may see these users has changed: the edges that watch them ask again. */
export const onRules =
  ({ people }: PartitionContext) =>
  (bytes: Uint8Array): void =>
    people.rulesChanged(presenceRulesShape.parse(fromJson(bytes)).users)
