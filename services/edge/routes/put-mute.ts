import { channelInfo } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'

export const putMute: Route<'putMute'> = async ({ directory }, { identity, params, body }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  await directory.callOwner(channelInfo, 'log', channel, { channel, user })
  const mute = { until: body?.until ?? null, mentions: body?.mentions ?? true }
  await changeMine(directory, user, { op: 'mute', channel, mute })
  return { status: 200, body: { mute } }
}
