import { fromJson } from '../../../shared/fabric/call.ts'
import { presenceRulesShape } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'

/** Who may see these users has changed: the edges that watch them ask again, and show their new profiles. */
export const onRules =
  ({ people }: PartitionContext) =>
  (bytes: Uint8Array): void => {
    const { users, profiles } = presenceRulesShape.parse(fromJson(bytes))
    people.rulesChanged(users)
    for (const profile of profiles) people.profileChanged(profile)
  }
