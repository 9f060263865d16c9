import { memberPut } from '../../../shared/fabric/calls.ts'
import { viewOf } from './channel-views.ts'
import { mineOf } from './get-channel.ts'
import { channelOfCode } from './invite-code.ts'
import type { Route } from './types.ts'

export const useInvite: Route<'useInvite'> = async ({ directory, users }, { identity, params }) => {
  const by = identity.user
  const invite = params.code ?? ''
  const channel = channelOfCode(invite)
  const asked = { channel, by, user: by, role: null, invite }
  const made = await directory.callOwner(memberPut, 'log', channel, asked)
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  const mine = await mineOf(directory, by, channel)
  return {
    status: made.created ? 201 : 200,
    body: { channel: await viewOf(directory, by, { ...made.channel, ...mine }) },
  }
}
