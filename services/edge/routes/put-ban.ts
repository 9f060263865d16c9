import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { changeChannel } from './change-channel.ts'
import type { Route } from './types.ts'

export const putBan: Route<'putBan'> = async (context, { identity, params }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const user = trusted<UserId>(params.user ?? '')
  await changeChannel(context, identity.user, channel, { op: 'ban', user })
  return { status: 204 }
}
