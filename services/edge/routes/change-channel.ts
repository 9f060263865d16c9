import { channelChange } from '../../../shared/fabric/calls.ts'
import type { ChannelRequest } from '../../../shared/fabric/channel-requests.ts'
import type { ChannelView } from '../../../shared/protocol/http.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { EdgeContext } from '../context.ts'
import { viewOf } from './channel-views.ts'
import { mineOf } from './get-channel.ts'

/** Asks the channel's owner for a change, and waits until the store shows it. */
export async function changeChannel(
  { directory, users }: EdgeContext,
  by: UserId,
  channel: ChannelId,
  request: ChannelRequest,
): Promise<void> {
  const made = await directory.callOwner(channelChange, 'log', channel, { channel, by, request })
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
}

/** The same, and the channel as it is then. */
export async function changedChannel(
  { directory, users }: EdgeContext,
  by: UserId,
  channel: ChannelId,
  request: ChannelRequest,
): Promise<ChannelView> {
  const made = await directory.callOwner(channelChange, 'log', channel, { channel, by, request })
  await users.shown([{ kind: 'log', partition: made.partition, pack: made.pack }])
  return viewOf(directory, by, { ...made.channel, ...(await mineOf(directory, by, channel)) })
}
