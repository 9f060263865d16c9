import type { ChannelRequestOf } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { Channel } from '../channel.ts'

/** An owner hands the channel over to another member, and is an admin from then on. @throws `forbidden`, `not_found` */
export function transfer(
  channel: Channel,
  by: UserId,
  { user }: ChannelRequestOf<'transfer'>,
): ChannelChange | null {
  const present = channel.members.get(by)?.role
  // Asked again after it was done.
  if (present === 'admin' && channel.members.get(user)?.role === 'owner') return null
  if (present !== 'owner') throw new WeftError('forbidden', 'only an owner hands a channel over')
  if (!channel.members.has(user)) throw new WeftError('not_found', 'no such member')
  return user === by ? null : { op: 'transferred', user }
}
