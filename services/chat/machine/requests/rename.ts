import type { ChannelRequest } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { Channel } from '../channel.ts'
import { RANK, rankOf } from '../roles.ts'

/** Gives a channel another name. @throws `forbidden` */
export function rename(
  channel: Channel,
  by: UserId,
  { name }: Extract<ChannelRequest, { op: 'rename' }>,
): ChannelChange | null {
  if (channel.kind === 'direct') throw new WeftError('forbidden', 'a direct channel has no name')
  if (rankOf(channel, by) < RANK.admin) throw new WeftError('forbidden', 'only an owner or admin renames it')
  return name === channel.name ? null : { op: 'renamed', name }
}
