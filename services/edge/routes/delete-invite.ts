import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { changeChannel } from './change-channel.ts'
import type { Route } from './types.ts'

export const deleteInvite: Route<'deleteInvite'> = async (context, { identity, params }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  await changeChannel(context, identity.user, channel, { op: 'revoke', code: params.code ?? '' })
  return { status: 204 }
}
