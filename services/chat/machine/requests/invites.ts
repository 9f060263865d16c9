import type { ChannelRequestOf } from '../../../../shared/fabric/channel-requests.ts'
import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { MAX_INVITES } from '../../../../shared/protocol/limits.ts'
import type { Channel } from '../channel.ts'
import type { Invite } from '../invites.ts'
import { may, RANK } from '../roles.ts'
import { BANNED } from '../state.ts'

/** A link that others join by, as members or readers. @throws `forbidden`, `too_large` */
export function invite(
  channel: Channel,
  by: UserId,
  { code, role, expires, uses }: ChannelRequestOf<'invite'>,
  now: number,
): ChannelChange | null {
  mustInvite(channel, by)
  if (RANK[role] > RANK.member) throw new WeftError('forbidden', 'role: a link makes members or readers')
  const good = channel.invites?.good(now) ?? []
  // The same request once more.
  if (good.some((one) => one.code === code)) return null
  if (good.length >= MAX_INVITES)
    throw new WeftError('too_large', `a channel has at most ${MAX_INVITES} links; revoke one first`)
  return { op: 'invited', code, role, expires, uses }
}

/** One that isn't good any more is revoked already. @throws `forbidden` */
export function revoke(
  channel: Channel,
  by: UserId,
  { code }: ChannelRequestOf<'revoke'>,
  now: number,
): ChannelChange | null {
  mustInvite(channel, by)
  return channel.invites?.find(code, now) === undefined ? null : { op: 'uninvited', code }
}

/** @throws `forbidden` */
export function mustInvite(channel: Channel, by: UserId): void {
  if (!may(channel, by, 'invite'))
    throw new WeftError('forbidden', 'invites: your role in this channel has no right to them')
}

/** The link, if it is good. @throws `not_found`, in the same words whatever is wrong with it. */
function mustFind(channel: Channel | undefined, code: string, now: number): Invite {
  const found = channel?.invites?.find(code, now)
  if (found === undefined) throw new WeftError('not_found', 'no such invite')
  return found
}

/** @throws `not_found` without a link that is good, `forbidden` to who is banned. */
export function mustBeInvited(
  channel: Channel | undefined,
  code: string,
  user: UserId,
  now: number,
): { readonly channel: Channel; readonly invite: Invite } {
  const found = mustFind(channel, code, now)
  if (channel === undefined) throw new WeftError('not_found', 'no such invite')
  if (channel.bans.has(user)) throw new WeftError('forbidden', BANNED)
  return { channel, invite: found }
}
