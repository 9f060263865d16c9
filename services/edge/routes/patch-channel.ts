import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { changedChannel } from './change-channel.ts'
import type { Route } from './types.ts'

export const patchChannel: Route<'patchChannel'> = async (context, { identity, params, body }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const request = { op: 'settings', set: body } as const
  return { status: 200, body: { channel: await changedChannel(context, identity.user, channel, request) } }
}
