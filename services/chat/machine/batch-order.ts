import type { BatchPlace } from '../../../shared/fabric/wire/chat-batch.ts'
import { NewestMap } from '../../../shared/newest-map.ts'
import type { EdgeId } from '../../../shared/protocol/ids.ts'

/** Edges remembered at least: one that was forgotten is taken for one that lost something, and begins anew. */
const REMEMBERED = 1_000

type Expected = { readonly run: number; readonly number: number; readonly isBroken: boolean }

/**
 * NATS passes a batch on at most once: one that was under way when a server or a connection died never comes, and what was
 * pipelined behind its sends must not be stored before them. So edges number their batches, and from a hole on everything
 * of the run is refused, until the edge, which has then refused all that it had under way, begins the next.
 */
export class BatchOrder {
  readonly #edges = new NewestMap<EdgeId, Expected>(REMEMBERED)

  /** Whether the batch is the next one. */
  take(edge: EdgeId, { run, number }: BatchPlace): boolean {
    const known = this.#edges.get(edge)
    if (known !== undefined && run < known.run) return false
    const expected = known?.run === run ? known.number : 0
    const isNext = number === expected && !(known?.run === run && known.isBroken)
    this.#edges.set(edge, { run, number: number + 1, isBroken: !isNext })
    return isNext
  }
}
