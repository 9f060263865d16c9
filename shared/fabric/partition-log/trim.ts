import type { Fabric } from '../connection.ts'
import { type PartitionRef, streams } from '../registry.ts'

/**
 * Purges what no take-over and no reader will ask for again: packs before the newest snapshot (which counts only once
 * the store and every SYNC partition have what it covers) that are older than `keepMs`. The snapshot's own pack stays,
 * so the chain always has its next link, and the last pack is never touched.
 */
export async function trimLog(
  fabric: Fabric,
  ref: PartitionRef,
  snapshotPack: number,
  keepMs: number,
): Promise<number> {
  const stream = streams.pack(ref)
  const { state } = await fabric.jsm.streams.info(stream)
  const cutoff = Date.now() - keepMs
  let low = state.first_seq
  let high = Math.min(snapshotPack, state.last_seq)
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
