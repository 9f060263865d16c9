import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { mustBeIn, mustBeReachable } from './blocking.ts'
import { changedChannel } from './change-channel.ts'
import { mustHaveAccounts } from './create-channel.ts'
import type { Route } from './types.ts'

export const addMembers: Route<'addMembers'> = async (context, { identity, params, body }) => {
  const { directory, tokens, users } = context
  const by = identity.user
  const channel = trusted<ChannelId>(params.channel ?? '')
  const added = [...new Set(body.users)].filter((user) => user !== by)
  await mustBeIn(directory, by, channel)
  if (added.length > 0 && !tokens.acceptsCustomers) await mustHaveAccounts(directory, added)
  await mustBeReachable(directory, by, added)
  const view = await changedChannel(context, by, channel, { op: 'add', users: added })
  // Only who may add somebody makes them exist; the same call again goes on here if it failed.
  if (tokens.acceptsCustomers) await users.ensureMembers(added)
  return { status: 200, body: { channel: view } }
}
