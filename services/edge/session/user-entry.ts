import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Session } from './session.ts'

/** A user with sessions on this edge. */
export type UserEntry = {
  readonly user: UserId
  /** This edge's number for the user: events come under it. Never used twice by one incarnation. */
  readonly handle: number
  readonly partition: number
  readonly sessions: Set<Session>
  /** The newest number that came live, whether or not a session could take it. */
  newest: number
}
