import type { UserShape } from '../../../shared/fabric/calls.ts'
import { PRESENCE, type PresenceRank, SEEN_AS, type SeenUser } from '../../../shared/fabric/wire/presence.ts'
import type { Presence } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isStatusOver, type Status, statusText } from '../../../shared/protocol/settings.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { Session } from '../session/session.ts'

/** All of a user's presence, or all but when they were there. */
export type Sight = 'all' | 'status'

/** One who watches a user, with the sessions that do. */
export type Viewer = {
  readonly sessions: Set<Session>
  /** What they may see; null = nothing. */
  sight: Sight | null
  /** Who may see the user has changed: nothing is shown until it is known whether this viewer may. */
  suspended: boolean
}

/** A user whom sessions of this edge watch. */
export type Target = {
  readonly user: UserId
  readonly viewers: Map<UserId, Viewer>
  /** Null until the owner has told. */
  state: SeenUser | null
  /** What the user says of themselves, as long as it holds. */
  status: Status | null
  /** Watches that wait for the state. */
  waiters: (() => void)[]
  /** Watches under way: the target stays for them. */
  holds: number
  /** Raised when who may see the user has changed. */
  rules: number
}

export const newTarget = (user: UserId): Target => ({
  user,
  viewers: new Map(),
  state: null,
  status: null,
  waiters: [],
  holds: 0,
  rules: 0,
})

/** A user as those of that sight see them. What a device says with its presence goes before the status. */
export function presenceOf(
  { user, rank, at, text }: SeenUser,
  sight: Sight,
  status: Status | null,
): Presence {
  const said = rank > PRESENCE.invisible ? text : ''
  const shown =
    said === '' && status !== null && !isStatusOver(status, Date.now()) ? statusText(status) : said
  return {
    user,
    status: SEEN_AS[rank],
    // One who is there is seen now.
    last_seen: sight === 'all' ? lastSeen(rank, at) : null,
    ...(shown === '' ? {} : { text: shown }),
  }
}

const lastSeen = (rank: PresenceRank, at: number): string | null =>
  rank > PRESENCE.invisible ? isoTime(Date.now()) : at === 0 ? null : isoTime(at)

/** What is shown to one who may not see a user: the same as of one who was never there. */
export const hidden = (user: UserId): Presence => ({ user, status: 'offline', last_seen: null })

/** The frame of an event, for all who get it. */
export const presenceFrame = (presence: Presence): string =>
  JSON.stringify({ t: 'event', event: { kind: 'presence', ...presence } })

/** A profile as it is from now on, for all who see it. */
export const profileFrame = ({ id, name, display_name, avatar }: UserShape): string =>
  JSON.stringify({ t: 'event', event: { kind: 'profile', user: id, name, display_name, avatar } })
