import type { SessionId, UserId } from '../../../shared/protocol/ids.ts'

/** Who an access token speaks for. */
export type Identity = {
  readonly user: UserId
  /** The log-in that the token belongs to; null for a customer's own token. */
  readonly family: SessionId | null
  /** The name in a customer's own token (the user's id if it has none): such a user exists from the first use on. */
  readonly name: string | null
  /** When a customer's token was made (ms since 1970), if it says so. */
  readonly issuedAt: number | null
  /** ms since 1970 */
  readonly expiresAt: number
}
