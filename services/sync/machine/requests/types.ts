import type { UserArea } from '../../../../shared/fabric/user-requests.ts'
import type { WeftEvent } from '../../../../shared/protocol/events.ts'

/** A key's new value as JSON; null = it is taken away. */
export type StateChange = { readonly key: string; readonly json: string | null }

/** What a request comes to: rows of its area, and what the user's own devices are told. */
export type PlannedRequest = {
  readonly area: UserArea
  readonly changes: readonly StateChange[]
  /** A number that only rises: what stands there and is as high stays. */
  readonly rises?: true
  /** Told even if no row changes. */
  readonly always: boolean
  /** From the changes that are made. */
  readonly event: WeftEvent
  /** Somebody wrote it: rows and event are sealed on disk. */
  readonly isSealed: boolean
}
