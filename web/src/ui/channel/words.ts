import type { Right, Role } from '../../../../sdk/src/mod.ts'
import type { Conversation } from '../../types.ts'

type Kind = Conversation['kind']

/** What a conversation is called in a sentence. */
export const nounOf = (kind: Kind): string => (kind === 'broadcast' ? 'channel' : 'group')
/** "Public group", "Private broadcast channel". */
export const kindOf = ({ kind, public: isPublic }: Pick<Conversation, 'kind' | 'public'>): string =>
  `${isPublic ? 'Public' : 'Private'} ${kind === 'broadcast' ? 'broadcast channel' : 'group'}`

/** Who has a right, by the least role that does. */
export const whoHas: Readonly<Record<Role, string>> = {
  reader: 'Everyone',
  member: 'Members and above',
  admin: 'Admins and owners',
  owner: 'Only owners',
}

export const rightWords: Readonly<Record<Right, string>> = {
  send: 'Write messages',
  react: 'React to messages',
  pin: 'Pin messages',
  mention_all: 'Mention everyone at once',
  add: 'Add people',
  invite: 'Make invite links',
  remove: 'Remove people',
  moderate: 'Ban people and delete what others wrote',
  settings: 'Change what it is called and who may do what',
}

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S
const spans: readonly (readonly [number, string])[] = [
  [30, '30 seconds'],
  [MINUTE_S, '1 minute'],
  [5 * MINUTE_S, '5 minutes'],
  [HOUR_S, '1 hour'],
  [8 * HOUR_S, '8 hours'],
  [DAY_S, '1 day'],
  [7 * DAY_S, '1 week'],
  [28 * DAY_S, '4 weeks'],
  [30 * DAY_S, '30 days'],
]
/** After how long messages may disappear; and how long a link may be good. */
export const DISAPPEAR_S = [30, 5 * MINUTE_S, HOUR_S, 8 * HOUR_S, DAY_S, 7 * DAY_S, 28 * DAY_S]
export const LINK_S = [HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S]

/** "8 hours"; of spans that others set, about. */
export function spanWords(seconds: number): string {
  const known = spans.find(([span]) => span === seconds)
  if (known !== undefined) return known[1]
  const [size, unit] =
    seconds < HOUR_S
      ? [MINUTE_S, 'minute']
      : seconds < 2 * DAY_S
        ? [HOUR_S, 'hour']
        : ([DAY_S, 'day'] as const)
  const count = Math.max(1, Math.round(seconds / size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
