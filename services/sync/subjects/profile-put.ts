import type { Handler } from '../../../shared/fabric/call.ts'
import type { profilePut } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Creates or changes a profile; answered once it stands. */
export const profilePutHandler =
  ({ machine }: PartitionContext): Handler<Asked<typeof profilePut>, Answer<typeof profilePut>> =>
  ({ id, name, display_name, avatar, if_none }) =>
    machine.ask((reply) => ({
      type: 'profile',
      user: id,
      change: { op: 'profile', name, displayName: display_name, avatar },
      when: if_none === true ? 'if-none' : 'always',
      reply,
    }))
