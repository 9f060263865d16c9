import { channelChange } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { viewOf } from './channel-views.ts'
import { mineOf } from './get-channel.ts'
import type { Route } from './types.ts'

export const patchChannel: Route<'patchChannel'> = async (context, { identity, params, body }) => {
  const { directory, users } = context
  const by = identity.user
  const channel = trusted<ChannelId>(params.channel ?? '')
  const request = { op: 'rename', name: body.name } as const
  const made = await directory.callOwner(channelChange, 'log', channel, { channel, by, request })
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  const mine = await mineOf(directory, by, channel)
  return { status: 200, body: { channel: viewOf({ ...made.channel, ...mine }) } }
}
