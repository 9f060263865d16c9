import { channelInfo, readGet } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import type { Mute } from '../../../shared/protocol/settings.ts'
import { readMarks, viewOf, withLastMessage } from './channel-views.ts'
import { muteOf } from './my-state.ts'
import type { Route } from './types.ts'

export const getChannel: Route<'getChannel'> = async ({ directory }, { identity, params, query }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const state = await directory.callOwner(channelInfo, 'log', channel, { channel, user })
  const view = await viewOf(directory, user, { ...state, ...(await mineOf(directory, user, channel)) })
  return {
    status: 200,
    body: { channel: query.last !== '0' ? await withLastMessage(directory, user, view) : view },
  }
}

/** How far the user has read the channel, and whether it is muted just now. */
export async function mineOf(
  directory: Directory,
  user: UserId,
  channel: ChannelId,
): Promise<{ read: number; mute: Mute | null }> {
  const [read, mute] = await Promise.all([readOf(directory, user, channel), muteOf(directory, user, channel)])
  return { read, mute }
}

/** How far the user has read the channel: the later of what the store and what the owner of the queue knows. */
async function readOf(directory: Directory, user: UserId, channel: ChannelId): Promise<number> {
  const [{ seq }, recent] = await Promise.all([
    directory.callStorage(readGet, { user, channel }),
    readMarks(directory, user),
  ])
  return Math.max(seq, recent.get(channel) ?? 0)
}
