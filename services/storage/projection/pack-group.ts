import { setImmediate } from 'node:timers/promises'
import type { Pack, PackChain } from '../../../shared/fabric/pack.ts'
import type { PartitionRef } from '../../../shared/fabric/registry.ts'
import type { Group, LogWrite, SyncWrite } from '../store/store.ts'
import { logWrites, type Opening, syncWrites } from './writes.ts'

/** One group of writes: at most so many packs, and bytes (beyond the first pack). */
export const GROUP_PACKS = 256
const GROUP_BYTES = 4 * 1024 * 1024
/** After so long (ms), and the pack at hand, whoever else waits has a turn: opening a whole group takes some 100 ms. */
const TURN_MS = 4

/** Gathers packs into one group of writes; the event loop has turns in between. */
export class PackGroup {
  readonly #ref: PartitionRef
  readonly #opening: Opening
  readonly #apply: (group: Group) => Promise<void>
  #log: LogWrite[] = []
  #sync: SyncWrite[] = []
  #packs = 0
  #bytes = 0
  #lineage = 0
  #turnFrom = performance.now()

  constructor(ref: PartitionRef, opening: Opening, apply: (group: Group) => Promise<void>) {
    this.#ref = ref
    this.#opening = opening
    this.#apply = apply
  }

  async add(pack: Pack, size: number, chain: PackChain): Promise<void> {
    if (this.#ref.kind === 'log') this.#log.push(...(await logWrites(pack, this.#opening)))
    else this.#sync.push(...(await syncWrites(pack, this.#opening)))
    this.#packs++
    this.#bytes += size
    this.#lineage = pack.lineage
    if (this.#packs >= GROUP_PACKS || this.#bytes >= GROUP_BYTES) await this.write(chain)
    if (performance.now() - this.#turnFrom < TURN_MS) return
    await setImmediate()
    this.#turnFrom = performance.now()
  }

  async write(chain: PackChain): Promise<void> {
    if (this.#packs === 0) return
    const { kind, partition } = this.#ref
    const position = { pack: chain.number, lineage: this.#lineage, digest: Uint8Array.from(chain.digest) }
    if (kind === 'log') await this.#apply({ kind, partition, position, writes: this.#log })
    else await this.#apply({ kind, partition, position, writes: this.#sync })
    this.#log = []
    this.#sync = []
    this.#packs = 0
    this.#bytes = 0
  }
}
