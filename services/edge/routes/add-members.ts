import { channelChange } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { mustBeReachable } from './blocking.ts'
import { viewOf } from './channel-views.ts'
import { mustHaveAccounts } from './create-channel.ts'
import { mineOf } from './get-channel.ts'
import type { Route } from './types.ts'

export const addMembers: Route<'addMembers'> = async (context, { identity, params, body }) => {
  const { directory, tokens, users } = context
  const by = identity.user
  const channel = trusted<ChannelId>(params.channel ?? '')
  const added = [...new Set(body.users)].filter((user) => user !== by)
  if (added.length > 0 && !tokens.acceptsCustomers) await mustHaveAccounts(directory, added)
  await mustBeReachable(directory, by, added)
  const request = { op: 'add', users: added } as const
  const made = await directory.callOwner(channelChange, 'log', channel, { channel, by, request })
  // Only who may add somebody makes them exist; the same call again goes on here if it failed.
  if (tokens.acceptsCustomers) await users.ensureMembers(added)
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  const mine = await mineOf(directory, by, channel)
  return { status: 200, body: { channel: viewOf({ ...made.channel, ...mine }) } }
}
