import { setImmediate } from 'node:timers/promises'
import type { Pack, PackChain } from '../../../shared/fabric/pack.ts'
import type { PartitionRef } from '../../../shared/fabric/registry.ts'
import type { Group, PackRecords } from '../store/store.ts'

/** One group of writes: at most so many packs, and bytes (beyond the first pack). */
export const GROUP_PACKS = 1_024
const GROUP_BYTES = 4 * 1024 * 1024
/** After so long (ms), and the pack at hand, whoever else waits has a turn: checking a whole group takes some 10 ms. */
const TURN_MS = 4

/** Gathers packs into one group of writes; the event loop has turns in between. */
export class PackGroup {
  readonly #ref: PartitionRef
  readonly #apply: (group: Group) => Promise<void>
  #packs: PackRecords[] = []
  #bytes = 0
  #turnFrom = performance.now()

  constructor(ref: PartitionRef, apply: (group: Group) => Promise<void>) {
    this.#ref = ref
    this.#apply = apply
  }

  async add(pack: Pack, size: number, chain: PackChain): Promise<void> {
    const { lineage, at, kind, records } = pack
    // A take-over's record is its owner's name, and says nothing to the store.
    this.#packs.push({ lineage, at, records: kind === 'records' ? records : [] })
    this.#bytes += size
    if (this.#packs.length >= GROUP_PACKS || this.#bytes >= GROUP_BYTES) await this.write(chain)
    if (performance.now() - this.#turnFrom < TURN_MS) return
    await setImmediate()
    this.#turnFrom = performance.now()
  }

  async write(chain: PackChain): Promise<void> {
    const lineage = this.#packs.at(-1)?.lineage
    if (lineage === undefined) return
    const { kind, partition } = this.#ref
    const position = { pack: chain.number, lineage, digest: Uint8Array.from(chain.digest) }
    await this.#apply({ kind, partition, position, packs: this.#packs })
    this.#packs = []
    this.#bytes = 0
  }
}
