import { channelInfo } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { checkSize } from '../frames/send.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'

export const putDraft: Route<'putDraft'> = async ({ directory }, { identity, params, body }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  checkSize(body.body, JSON.stringify(body.body))
  await directory.callOwner(channelInfo, 'log', channel, { channel, user })
  await changeMine(directory, user, { op: 'draft', channel, body: body.body })
  return { status: 204 }
}
