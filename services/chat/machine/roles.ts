import type { UserId } from '../../../shared/protocol/ids.ts'
import { DEFAULT_RIGHTS, type Right, type Role } from '../../../shared/protocol/rights.ts'
import type { Channel } from './channel.ts'

/** By role, rising. */
export const RANK: { readonly [R in Role]: number } = { reader: 0, member: 1, admin: 2, owner: 3 }
const STRANGER = -1
/** Above every role. */
export const NOBODY = 4

/** In a direct channel its two are equals, and nobody has a right over the other. */
const AMONG_TWO: ReadonlySet<Right> = new Set<Right>(['send', 'react', 'pin', 'mention_all'])

/** Whether a member has a right in a channel. An archived channel is another matter: `mustBeActive`. */
export function may(channel: Channel, user: UserId, right: Right): boolean {
  if (channel.kind === 'direct') return AMONG_TWO.has(right) && channel.members.has(user)
  return rankOf(channel, user) >= RANK[roleFor(channel, right)]
}

/** The least role that has a right in a channel. */
export const roleFor = ({ kind, settings }: Channel, right: Right): Role =>
  settings.rights[right] ?? DEFAULT_RIGHTS[kind][right]

/** Who may send: asked of every message, so it is one look-up and a number that is kept. */
export const mayWrite = (channel: Channel, user: UserId): boolean => rankOf(channel, user) >= channel.sendRank

/** The least rank that sends, as its settings are. */
export function sendRankOf(channel: Channel): number {
  if (channel.settings.archived) return NOBODY
  return channel.kind === 'direct' ? RANK.reader : RANK[roleFor(channel, 'send')]
}

export function rankOf(channel: Channel, user: UserId): number {
  const member = channel.members.get(user)
  return member === undefined ? STRANGER : RANK[member.role]
}
