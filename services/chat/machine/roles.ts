import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Channel } from './channel.ts'

/** Who may do what: an operation asks for the least rank that has the right to it. */
export const RANK = { member: 0, admin: 1, owner: 2 } as const

/** Who may send: in a broadcast channel those who run it. */
export const mayWrite = (channel: Channel, user: UserId): boolean =>
  channel.kind !== 'broadcast' || rankOf(channel, user) >= RANK.admin

/** Who deletes what others wrote. */
export const mayModerate = (channel: Channel, user: UserId): boolean =>
  channel.kind !== 'direct' && rankOf(channel, user) >= RANK.admin

export const rankOf = (channel: Channel, user: UserId): number =>
  RANK[channel.members.get(user)?.role ?? 'member']
