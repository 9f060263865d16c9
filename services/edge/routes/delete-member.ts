import { memberDelete } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import type { Route } from './types.ts'

export const deleteMember: Route<'deleteMember'> = async ({ directory, users }, { identity, params }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const user = trusted<UserId>(params.user ?? '')
  const { pack, partition } = await directory.callOwner(memberDelete, 'log', channel, {
    channel,
    by: identity.user,
    user,
  })
  await users.shown([{ kind: 'log', partition, pack }])
  return { status: 204 }
}
