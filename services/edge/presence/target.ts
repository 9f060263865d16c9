import type { UserShape } from '../../../shared/fabric/calls.ts'
import { PRESENCE, SEEN_AS, type SeenUser } from '../../../shared/fabric/wire/presence.ts'
import type { Presence } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isStatusOver, type Status, statusText } from '../../../shared/protocol/settings.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { Session } from '../session/session.ts'

/** One who watches a user, with the sessions that do. */
export type Viewer = {
  readonly sessions: Set<Session>
  allowed: boolean
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

/** A user as those who may see them do. */
export function presenceOf({ user, rank, at, text }: SeenUser, status: Status | null): Presence {
  const isThere = rank > PRESENCE.invisible
  const now = Date.now()
  const said = isThere && text !== '' ? text : ''
  const shown = said === '' && status !== null && !isStatusOver(status, now) ? statusText(status) : said
  return {
    user,
    status: SEEN_AS[rank],
    // One who is there is seen now.
    last_seen: isThere ? isoTime(now) : at === 0 ? null : isoTime(at),
    ...(shown === '' ? {} : { text: shown }),
  }
}

/** What is shown to one who may not see a user: the same as of one who was never there. */
export const hidden = (user: UserId): Presence => ({ user, status: 'offline', last_seen: null })

/** The frame of an event, for all who get it. */
export const presenceFrame = (presence: Presence): string =>
  JSON.stringify({ t: 'event', event: { kind: 'presence', ...presence } })

/** A profile as it is from now on, for all who see it. */
export const profileFrame = ({ id, name, display_name, avatar }: UserShape): string =>
  JSON.stringify({ t: 'event', event: { kind: 'profile', user: id, name, display_name, avatar } })
