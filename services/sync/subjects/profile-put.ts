import type { Handler } from '../../../shared/fabric/call.ts'
import type { profilePut } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import { tellPresenceRules } from './tell-presence.ts'
import type { Answer, Asked } from './types.ts'

/** Creates or changes a profile; answered once it stands. Whoever watches the user just now hears of a change. */
export const profilePutHandler =
  (context: PartitionContext): Handler<Asked<typeof profilePut>, Answer<typeof profilePut>> =>
  async ({ if_none, ...profile }) => {
    const { id, name, display_name, avatar } = profile
    const isNew = if_none === true
    const answer = await context.machine.ask<Answer<typeof profilePut>>((reply) => ({
      type: 'profile',
      user: id,
      change: { op: 'profile', name, displayName: display_name, avatar },
      when: isNew ? 'if-none' : 'always',
      reply,
    }))
    if (!isNew) tellPresenceRules(context, context.directory.partitionOf('presence', id), [], [profile])
    return answer
  }
