import type { Log } from '../../log/log.ts'
import { counter } from '../../metrics/metrics.ts'
import type { Fabric } from '../connection.ts'
import { type PartitionRef, streams } from '../registry.ts'
import { PROJECTION } from '../setup.ts'

/** A log is trimmed at most so often (ms): it frees a few blocks, and nobody waits for it. */
const TRIM_EVERY_MS = 5 * 60_000

const purgedPacks = counter('weft_log_trimmed_packs_total', 'Packs purged from logs', ['kind'])

/**
 * Purges what no take-over and no reader will ask for again: packs before the newest snapshot (which counts only once
 * the store and every SYNC partition have what it covers) that are older than `keepMs` and that the store's consumer has
 * acked. The snapshot's own pack stays, so the chain always has its next link, and the last pack is never touched.
 * @returns how many packs were purged
 */
export async function trimLog(
  fabric: Fabric,
  ref: PartitionRef,
  snapshotPack: number,
  keepMs: number,
): Promise<number> {
  const stream = streams.pack(ref)
  const { state } = await fabric.jsm.streams.info(stream)
  // The snapshot says that the store has it; its consumer says so too, or nothing goes.
  const { ack_floor } = await fabric.jsm.consumers.info(stream, PROJECTION)
  const cutoff = Date.now() - keepMs
  let low = state.first_seq
  let high = Math.min(snapshotPack, state.last_seq, ack_floor.stream_seq + 1)
  // The first pack that is young enough, by bisection: a pack's time never lies before an older one's.
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const message = await fabric.jsm.streams.getMessage(stream, { seq: middle })
    if (message === null) return 0
    if (message.time.getTime() < cutoff) low = middle + 1
    else high = middle
  }
  if (low <= state.first_seq) return 0
  const { purged } = await fabric.jsm.streams.purge(stream, { seq: low })
  return purged
}

/** Trims one partition's log after snapshots, now and then. Never fails: what stays goes the next time. */
export class Trimming {
  readonly #fabric: Fabric
  readonly #ref: PartitionRef
  readonly #keepMs: number
  readonly #log: Log
  #nextAt = 0

  constructor(fabric: Fabric, ref: PartitionRef, keepMs: number, log: Log) {
    this.#fabric = fabric
    this.#ref = ref
    this.#keepMs = keepMs
    this.#log = log
  }

  async snapshotStands(snapshotPack: number): Promise<void> {
    if (performance.now() < this.#nextAt) return
    this.#nextAt = performance.now() + TRIM_EVERY_MS
    try {
      const purged = await trimLog(this.#fabric, this.#ref, snapshotPack, this.#keepMs)
      purgedPacks.inc({ kind: this.#ref.kind }, purged)
      if (purged > 0) this.#log.info({ ...this.#ref, purged }, 'trimmed a log')
    } catch (error) {
      this.#log.warn({ err: error, ...this.#ref }, 'a log could not be trimmed; tried again later')
    }
  }
}
