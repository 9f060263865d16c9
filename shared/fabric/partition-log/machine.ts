import type { WeftError } from '../../protocol/errors.ts'
import type { Pack } from '../pack.ts'
import type { Position } from '../position.ts'

/**
 * What a kind of partition does with its log: chat's (channels) and sync's (queues) are the two. The partition log asks
 * it to plan commands into packs and tells it what came of them. A machine lives for one tenure: it is made new, filled
 * from the snapshot and the packs after it, serves, and is thrown away when the tenure ends, for whatever reason. So
 * `plan` may change its state at once: what wasn't committed dies with it.
 */
export interface PartitionMachine<Command> {
  /** One entry of a snapshot, as `snapshot` gave it (JSON). */
  restore(entry: unknown): void
  /**
   * A pack that the snapshot covers: the newest of them come in order, before those to replay. What is kept for speed
   * alone (the newest answers, the newest events) is known again from them, so that whoever comes back right after a
   * take-over needs no store. They change nothing.
   */
  recall?(pack: Pack): void
  /**
   * A pack that stands in the log after the snapshot began, in order. A snapshot is taken while commits go on, so each
   * of its entries names the pack up to which it is complete: records of older packs must leave it alone.
   */
  replay(pack: Pack): void
  /**
   * The log was read up to its end, and nothing was written on it yet: the moment to compare it with what others have
   * taken in of it. Whoever fails here is tried again.
   * @throws LogDamage if anyone holds more than the log does.
   */
  checkEnd?(end: { readonly lineage: number; readonly pack: number }): Promise<void>
  /** The tenure may serve from now on. `lineage` of the log, and this owner's `term`. */
  begin(tenure: TenureInfo): void
  /** The most bytes that the command may add to a pack: it goes into the next one if this one hasn't so many left. */
  weigh(command: Command): number
  /** Turns a command into records of the pack being made, or answers it at once. Never throws, never waits. */
  plan(command: Command, pack: PackPlan): void
  /** The bytes that the pack being sealed carries in its header. */
  meta(): Uint8Array
  /** Answers a command that won't be planned. */
  refuse(command: Command, error: WeftError): void
  /**
   * After a pack stood and all its `committed` callbacks ran: the moment to send what was gathered (answers by edge,
   * bundles, events).
   */
  flush(): void
  /** Room for what follows a commit (bundles not yet taken in, packs the store lacks); false = refuse commands early. */
  hasRoom(): boolean
  /** The whole state, entry by entry, each complete up to the newest planned pack (`tenure.planned()`). */
  snapshot(): Iterable<unknown>
  /** Whether everything up to this pack is where it must be before a snapshot may stand for it (store, SYNC partitions). */
  released(pack: number): boolean
  /** The tenure is over: stop timers and subscriptions, answer nothing more. */
  end(): void
}

export type TenureInfo = {
  readonly partition: number
  readonly lineage: number
  readonly term: number
  /** The newest pack that stands, and the newest that was planned (equal unless a commit is in flight). */
  readonly committed: () => number
  readonly planned: () => number
  /** True while the lease is valid by this process's monotonic clock: only then may anything be answered or sent. */
  readonly valid: () => boolean
}

/** The pack being made. */
export interface PackPlan {
  /** The number that it will have, and its lineage. */
  readonly number: number
  readonly lineage: number
  /** The owner's clock, once for the whole pack (ms since 1970). */
  readonly now: number
  /** Adds a record; its index in the pack is returned. A record has at most MAX_RECORD_BYTES. */
  add(record: Uint8Array): number
  /** Runs once the pack stands (at once if nothing was added to it), in order; never if it doesn't come to stand. */
  committed(callback: () => void): void
}

/** The largest single record (bytes). */
export const MAX_RECORD_BYTES = 256 * 1024
/**
 * The most that one command may add to a pack (bytes): a bundle is a page, and its recipients' ids and numbers take up to
 * a tenth more in SYNC's records than on the way.
 */
export const MAX_COMMAND_BYTES = 320 * 1024

/** How a commit ended: a closed set. */
export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Someone else has written: this owner stops. */
  | { readonly kind: 'conflict'; readonly found: number }
  /** The log surely doesn't hold it and won't take it now (full, say). */
  | { readonly kind: 'not-written'; readonly why: string }
  /** The lease ran out before it was known; whoever takes over will see. */
  | { readonly kind: 'unknown' }

/** What a service does with the tenures of its partitions. */
export interface TenureHandle<Command> {
  readonly info: TenureInfo
  /** Never throws: a command that can't be taken is refused through the machine. */
  submit(command: Command): void
}

export type { Position }
