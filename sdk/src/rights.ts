import type { Channel, ChannelKind } from './types.ts'

/** From the least to the most. A reader reads and reacts. */
export const ROLES = ['reader', 'member', 'admin', 'owner'] as const
export type Role = (typeof ROLES)[number]

/** What may be done in a channel: each by a role and those above it. */
export const RIGHTS = [
  /** Write messages. */
  'send',
  'react',
  /** Make invite links, see and revoke them. */
  'invite',
  'add',
  'remove',
  /** Name, topic, avatar, description, public, archived, and these rights. */
  'settings',
  'pin',
  /** `@channel` and `@here`. */
  'mention_all',
  /** Ban, and delete what others wrote. */
  'moderate',
] as const
export type Right = (typeof RIGHTS)[number]
/** The least role that has each. */
export type Rights = Readonly<Record<Right, Role>>

const GROUP: Rights = {
  send: 'member',
  react: 'reader',
  invite: 'member',
  add: 'member',
  remove: 'admin',
  settings: 'admin',
  pin: 'member',
  mention_all: 'member',
  moderate: 'admin',
}
const BROADCAST: Rights = { ...GROUP, send: 'admin', invite: 'admin', pin: 'admin', mention_all: 'admin' }
/** In a direct channel its two are equals, and nobody has a right over the other. */
const AMONG_TWO: ReadonlySet<Right> = new Set(['send', 'react', 'pin', 'mention_all'] satisfies Right[])

export const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value)

/** -1 for a role that this version doesn't know: nothing is offered to it. */
const rankOf = (role: string): number => ROLES.findIndex((one) => one === role)

/** The least role that has a right: how the kind begins, and what the channel's settings say on top. */
export const leastRole = ({ kind, rights }: { kind: ChannelKind; rights: Partial<Rights> }, right: Right) =>
  rights[right] ?? (kind === 'broadcast' ? BROADCAST : GROUP)[right]

/**
 * Whether one's role in a channel has a right, as the server decides it. In an `archived` channel whatever would write is
 * refused besides.
 */
export function can(channel: Pick<Channel, 'kind' | 'rights' | 'role'>, right: Right): boolean {
  if (channel.kind === 'direct') return AMONG_TWO.has(right)
  return rankOf(channel.role) >= rankOf(leastRole(channel, right))
}

/** Whether somebody of one role may do something to somebody of another, the right to it granted: not to those above. */
export const reaches = (role: string, other: string): boolean => rankOf(role) >= rankOf(other)

/** The roles that a right may be given to: not below what a group begins with. */
export const rolesForRight = (right: Right): readonly Role[] => ROLES.slice(rankOf(GROUP[right]))

/** The roles that one may give: as an owner or admin, up to one's own. */
export const rolesToGive = (role: string): readonly Role[] =>
  rankOf(role) < rankOf('admin') ? [] : ROLES.slice(0, rankOf(role) + 1)
