import type { ChannelRequestOf } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { Channel } from '../channel.ts'
import { type Planning, tooMany } from '../planning.ts'
import { may } from '../roles.ts'
import { mustNotBeBanned } from './bans.ts'

/** Makes many users members by one record; who is one already stays as they are. @throws `forbidden`, `too_large` */
export function add(
  channel: Channel,
  by: UserId,
  { users }: ChannelRequestOf<'add'>,
  planning: Planning,
): ChannelChange | null {
  mustAdd(channel, by)
  const added = [...new Set(users)].filter((user) => !channel.members.has(user))
  if (added.length === 0) return null
  mustNotBeBanned(channel, added)
  if (channel.members.size + added.length > planning.membersMax) throw tooMany(planning)
  return { op: 'joined-many', users: added, role: 'member', head: channel.head }
}

/** @throws `forbidden` */
export function mustAdd(channel: Channel, by: UserId): void {
  if (channel.kind === 'direct')
    throw new WeftError('forbidden', 'a direct channel has exactly its two members')
  if (!may(channel, by, 'add'))
    throw new WeftError('forbidden', 'your role in this channel has no right to add others')
}
