/** What one SYNC partition may keep in memory, and how long it waits for a sign of life. */
export type SyncLimits = {
  /** Newest events of a user that are kept once the store has them. */
  readonly eventsPerUser: number
  /** All events in memory, those that the store has too included (bytes); the oldest go first. */
  readonly memoryBytes: number
  /** Events that the store doesn't have yet (bytes); beyond, commands are refused. */
  readonly unconfirmedBytes: number
  /** Devices of a user whose `received` is kept. */
  readonly devicesPerUser: number
  /** An edge that says nothing for so long has no sessions any more (ms). */
  readonly edgeSilenceMs: number
  /** How often an edge is told the number of the last message (ms). */
  readonly beatMs: number
  /** How long the store is asked for a read mark that isn't in memory (ms). */
  readonly readMarkStoreMs: number
  /** A user's receipts in a channel are gathered for so long (ms). */
  readonly receiptEveryMs: number
}

export const DEFAULT_SYNC_LIMITS: SyncLimits = {
  eventsPerUser: 1_000,
  memoryBytes: 128 * 1024 * 1024,
  unconfirmedBytes: 96 * 1024 * 1024,
  devicesPerUser: 32,
  edgeSilenceMs: 10_000,
  beatMs: 1_000,
  readMarkStoreMs: 1_000,
  receiptEveryMs: 1_000,
}
