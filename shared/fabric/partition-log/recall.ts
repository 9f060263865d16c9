import { decodePack, digestOf, LogDamage, type Pack } from '../pack.ts'
import type { PackStream } from './pack-stream.ts'

/** How far before its snapshot's pack a take-over reads: what clients may not have heard of yet, within limits. */
const RECALL_MS = 10_000
const RECALL_PACKS = 1_024
const RECALL_BYTES = 16 * 1024 * 1024
const READ_AT_ONCE = 32

/**
 * The newest packs up to the one that a snapshot covers, in order; from the newest back as far as the chain holds, since
 * nothing rests on them: what was trimmed or damaged only means that less is recalled.
 */
export async function packsToRecall(
  stream: Pick<PackStream, 'get'>,
  covered: { readonly pack: number; readonly digest: Uint8Array },
  onDamage: (error: LogDamage) => void,
): Promise<Pack[]> {
  const packs: Pack[] = []
  let expected = covered.digest
  let since: number | null = null
  let bytesRead = 0
  for (let last = covered.pack; last > 0; last -= READ_AT_ONCE) {
    const sequences = Array.from({ length: Math.min(READ_AT_ONCE, last) }, (_, i) => last - i)
    const read = await Promise.all(sequences.map((sequence) => stream.get(sequence)))
    for (const [i, bytes] of read.entries()) {
      if (bytes === null) return packs.reverse()
      try {
        const pack = decodePack(bytes)
        if (!Buffer.from(digestOf(bytes)).equals(expected))
          throw new LogDamage(`pack ${sequences[i]} isn't the one that those after it follow on`)
        since ??= pack.at - RECALL_MS
        bytesRead += bytes.length
        const isEnough = pack.at < since || packs.length >= RECALL_PACKS || bytesRead > RECALL_BYTES
        if (isEnough) return packs.reverse()
        packs.push(pack)
        expected = pack.previous
      } catch (error) {
        if (!(error instanceof LogDamage)) throw error
        onDamage(error)
        return packs.reverse()
      }
    }
  }
  return packs.reverse()
}
