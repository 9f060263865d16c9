import type { Handler } from '../../../shared/fabric/call.ts'
import type { presenceAudience } from '../../../shared/fabric/calls.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Who may see whose presence. */
export const presenceAudienceHandler =
  (context: PartitionContext): Handler<Asked<typeof presenceAudience>, Answer<typeof presenceAudience>> =>
  ({ asked }) => ({ allowed: asked.map(({ user, viewers }) => audienceOf(context, user, viewers)) })

/** By default everyone. */
const audienceOf = (_context: PartitionContext, _user: UserId, viewers: readonly UserId[]): UserId[] => [
  ...viewers,
]
