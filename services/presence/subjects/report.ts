import { decodePresenceReport } from '../../../shared/fabric/wire/presence.ts'
import type { PartitionContext } from '../context.ts'

/** What an edge reports of its users and of those it watches. */
export const onReport =
  ({ people }: PartitionContext) =>
  (bytes: Uint8Array): void =>
    people.take(decodePresenceReport(bytes))
