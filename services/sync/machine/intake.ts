import { comparePositions, type Position, START, WHOLE_PACK } from '../../../shared/fabric/position.ts'
import type { Bundle } from '../../../shared/fabric/wire/bundle.ts'
import { decodeSyncMeta, encodeSyncMeta } from '../../../shared/fabric/wire/sync-meta.ts'

/** The end of a pack and the beginning of the next are the same place. */
const normal = (position: Position): Position =>
  position.record === WHOLE_PACK ? { ...position, pack: position.pack + 1, record: 0, slice: 0 } : position
const compare = (a: Position, b: Position): number => comparePositions(normal(a), normal(b))

/**
 * - `next`: it follows on what was taken in.
 * - `known`: all of it was taken in before.
 * - `gap`: it follows on something else; its sender has to go back to where this side stands.
 * - `foreign`: its log has another lineage than the one that was followed so far.
 */
export type Verdict = 'next' | 'known' | 'gap' | 'foreign'

/** How far each LOG partition has been taken in: the header of every SYNC pack, so its last one tells where it stands. */
export class Intake {
  /** With the pack being made. */
  #staged = new Map<number, Position>()
  #durable = new Map<number, Position>()

  durable(logPartition: number): Position {
    return this.#durable.get(logPartition) ?? START
  }

  judge({ logPartition, previous, position }: Bundle): Verdict {
    const stand = this.#staged.get(logPartition) ?? START
    if (stand.lineage !== START.lineage && position.lineage !== stand.lineage) {
      return position.pack === 0 ? 'known' : 'foreign'
    }
    if (compare(position, stand) <= 0) return 'known'
    return compare(previous, stand) === 0 ? 'next' : 'gap'
  }

  stage(logPartition: number, position: Position): void {
    this.#staged.set(logPartition, position)
  }

  /** The pack being made stands. */
  commit(): void {
    for (const [logPartition, position] of this.#staged) this.#durable.set(logPartition, position)
  }

  /** Each LOG partition, and its last pack that was taken in wholly. */
  wholePacks(): { partition: number; pack: number }[] {
    return [...this.#durable].map(([partition, position]) => ({
      partition,
      pack: normal(position).pack - 1,
    }))
  }

  encode(): Uint8Array {
    return encodeSyncMeta(this.#staged)
  }

  restore(meta: Uint8Array): void {
    for (const [logPartition, position] of decodeSyncMeta(meta)) {
      this.#staged.set(logPartition, position)
      this.#durable.set(logPartition, position)
    }
  }
}
