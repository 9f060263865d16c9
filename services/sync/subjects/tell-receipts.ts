import { RECEIPTS_A_CALL, type ReceiptEntry, receiptsPut } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'

const LOOK_EVERY_MS = 100

/** Hands gathered receipts to the channels' owners. One that fails waits with the next: they are cumulative. */
export function startReceipts({ machine, directory, tenure, log }: PartitionContext): () => void {
  const { receipts } = machine
  const tell = async (partition: number, entries: readonly ReceiptEntry[]) => {
    try {
      const { off } = await directory.callPartition(receiptsPut, 'log', partition, { entries: [...entries] })
      receipts.off(off, performance.now())
    } catch (error) {
      log.debug({ err: error }, 'receipts could not be told; they are tried again')
      for (const { user, channel, delivered, read } of entries)
        receipts.add(user, channel, { delivered, read })
    }
  }
  const timer = setInterval(() => {
    if (!tenure.valid()) return
    const due = receipts.due(performance.now())
    for (const [partition, entries] of Map.groupBy(due, ({ channel }) =>
      directory.partitionOf('log', channel),
    ))
      for (let from = 0; from < entries.length; from += RECEIPTS_A_CALL)
        void tell(partition, entries.slice(from, from + RECEIPTS_A_CALL))
  }, LOOK_EVERY_MS)
  return () => clearInterval(timer)
}
