import type { Fabric } from '../../../shared/fabric/connection.ts'
import { decodePack, LogDamage } from '../../../shared/fabric/pack.ts'
import { PackStream } from '../../../shared/fabric/partition-log/pack-stream.ts'
import { partitionRefs } from '../../../shared/fabric/setup.ts'
import { decodeSyncMeta } from '../../../shared/fabric/wire/sync-meta.ts'
import type { Log } from '../../../shared/log/log.ts'

export type LogEnd = { readonly partition: number; readonly lineage: number; readonly pack: number }

/**
 * Compares the end of a LOG with what the SYNC logs have taken in of it. The newest pack of each SYNC stream says that,
 * so no SYNC owner is asked and a take-over waits for none.
 * @throws LogDamage if one holds more than the LOG does: acked packs are gone, and new ones would pass for them.
 */
export async function checkAgainstSync(
  fabric: Fabric,
  syncPartitions: number,
  end: LogEnd,
  log: Log,
): Promise<void> {
  const refs = partitionRefs(fabric.region, 'sync', syncPartitions)
  await Promise.all(
    refs.map(async (ref) => {
      const stream = new PackStream(fabric, ref)
      const taken = await takenIn(stream, end.partition).catch((error: unknown) => {
        if (!(error instanceof LogDamage)) throw error
        // That one's owner raises the alarm; sends need not wait for its repair.
        log.warn({ err: error, ...ref }, 'a damaged SYNC log could not be compared with')
        return undefined
      })
      if (taken === undefined || taken.pack <= end.pack) return
      // Another lineage is for the bundles to find: positions of two don't compare. An empty LOG has none yet.
      if (taken.lineage !== end.lineage && end.pack > 0) return
      throw new LogDamage(
        `LOG ${end.partition} ends at pack ${end.pack}, but ${stream.name} has taken in pack ${taken.pack}: its tail is gone`,
      )
    }),
  )
}

async function takenIn(stream: PackStream, logPartition: number) {
  const last = await stream.last()
  return last === null ? undefined : decodeSyncMeta(decodePack(last.bytes).meta).get(logPartition)
}
