import { memberPut } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { mustBeIn, mustBeReachable } from './blocking.ts'
import { viewOf } from './channel-views.ts'
import { mustHaveAccounts } from './create-channel.ts'
import { mineOf } from './get-channel.ts'
import type { Route } from './types.ts'

export const putMember: Route<'putMember'> = async (context, { identity, params, body }) => {
  const { directory, tokens, users } = context
  const by = identity.user
  const channel = trusted<ChannelId>(params.channel ?? '')
  const user = trusted<UserId>(params.user ?? '')
  if (user !== by) {
    await mustBeIn(directory, by, channel)
    if (!tokens.acceptsCustomers) await mustHaveAccounts(directory, [user])
    await mustBeReachable(directory, by, [user])
  }
  const asked = { channel, by, user, role: body?.role ?? null }
  const made = await directory.callOwner(memberPut, 'log', channel, asked)
  // Only who may add somebody makes them exist; the same call again goes on here if it failed.
  if (user !== by && tokens.acceptsCustomers) await users.ensureMembers([user])
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  const mine = await mineOf(directory, by, channel)
  return {
    status: made.created ? 201 : 200,
    body: { channel: await viewOf(directory, by, { ...made.channel, ...mine }) },
  }
}
