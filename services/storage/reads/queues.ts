import type { QueuePage } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Store } from '../store/store.ts'
import { Coalesce } from './coalesce.ts'

/** Pages of queues. A page that misses what was written meanwhile is no harm: its reader asks on from its end. */
export class Queues {
  readonly #store: Pick<Store, 'queue'>
  readonly #reading = new Coalesce<QueuePage>()

  constructor(store: Pick<Store, 'queue'>) {
    this.#store = store
  }

  page(user: UserId, after: number): Promise<QueuePage> {
    return this.#reading.run(`${user}/${after}`, () => this.#store.queue(user, after, MAX_PAGE_BYTES)).result
  }
}
