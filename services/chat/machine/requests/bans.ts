import type { ChannelRequestOf } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { MAX_BANS } from '../../../../shared/protocol/limits.ts'
import type { Channel } from '../channel.ts'
import { may, rankOf } from '../roles.ts'

/** Removes whoever is a member, and keeps them out by every way. @throws `forbidden`, `too_large`, `bad_frame` */
export function ban(channel: Channel, by: UserId, { user }: ChannelRequestOf<'ban'>): ChannelChange | null {
  mustModerate(channel, by)
  if (user === by) throw new WeftError('bad_frame', 'user: leave the channel instead')
  if (rankOf(channel, user) > rankOf(channel, by))
    throw new WeftError('forbidden', 'their role is above yours')
  if (channel.bans.has(user)) return null
  if (channel.bans.size >= MAX_BANS)
    throw new WeftError('too_large', `at most ${MAX_BANS} people are banned from a channel`)
  return { op: 'banned', user, member: channel.members.has(user) }
}

/** They may be added, and join again. @throws `forbidden` */
export function unban(
  channel: Channel,
  by: UserId,
  { user }: ChannelRequestOf<'unban'>,
): ChannelChange | null {
  mustModerate(channel, by)
  return channel.bans.has(user) ? { op: 'unbanned', user } : null
}

/** @throws `forbidden` */
export function mustModerate(channel: Channel, by: UserId): void {
  if (!may(channel, by, 'moderate'))
    throw new WeftError('forbidden', 'only those who moderate this channel ban people')
}

/** @throws `forbidden`: a ban is lifted first. */
export function mustNotBeBanned({ bans }: Channel, users: readonly UserId[]): void {
  if (bans.size > 0 && users.some((user) => bans.has(user)))
    throw new WeftError('forbidden', 'members: one of them is banned from this channel')
}
