import type { ChannelRequest } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { Channel } from '../channel.ts'

/** Closes a direct channel for as long as one of its two wants that. @throws `bad_frame` */
export function block(
  channel: Channel,
  by: UserId,
  { on }: Extract<ChannelRequest, { op: 'block' }>,
): ChannelChange | null {
  if (channel.kind !== 'direct') throw new WeftError('bad_frame', 'only a direct channel is blocked')
  const isOn = channel.blockedBy?.has(by) ?? false
  return on === isOn ? null : { op: 'blocked', on }
}

/** In words that fit many reasons: a block isn't told to whom it meets. @throws `forbidden` */
export function mustBeOpen(channel: Channel, user: UserId): void {
  const { blockedBy } = channel
  if (blockedBy === null) return
  throw new WeftError(
    'forbidden',
    blockedBy.has(user)
      ? 'you blocked this person; unblock them to write'
      : 'this channel takes no messages just now',
  )
}
