import type { QueuePage } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Store } from '../store/store.ts'
import type { Bodies } from './bodies.ts'
import { Coalesce } from './coalesce.ts'

/** Pages of queues. A page that misses what was written meanwhile is no harm: its reader asks on from its end. */
export class Queues {
  readonly #store: Pick<Store, 'queue'>
  readonly #bodies: Bodies
  readonly #reading = new Coalesce<QueuePage>()

  constructor(store: Pick<Store, 'queue'>, bodies: Bodies) {
    this.#store = store
    this.#bodies = bodies
  }

  page(user: UserId, after: number): Promise<QueuePage> {
    return this.#reading.run(`${user}/${after}`, async () => {
      const { oldest, events } = await this.#store.queue(user, after, MAX_PAGE_BYTES)
      return { oldest, events: await this.#bodies.events(events) }
    }).result
  }
}
