import type { QueuePage } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { emptiedEvent, placeOf } from '../../../shared/fabric/wire/message-event.ts'
import type { QueuedEvent } from '../../../shared/fabric/wire/register.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Store } from '../store/store.ts'
import type { Bodies } from './bodies.ts'
import { Coalesce } from './coalesce.ts'

/** Pages of queues. A page that misses what was written meanwhile is no harm: its reader asks on from its end. */
export class Queues {
  readonly #store: Pick<Store, 'queue' | 'deletedAmong'>
  readonly #bodies: Bodies
  readonly #reading = new Coalesce<QueuePage>()

  constructor(store: Pick<Store, 'queue' | 'deletedAmong'>, bodies: Bodies) {
    this.#store = store
    this.#bodies = bodies
  }

  /** The events of messages that were deleted, and of their edits, keep their numbers and lose what they said. */
  async #told(events: QueuedEvent[]): Promise<QueuedEvent[]> {
    const places = events.map(({ json }) => placeOf(json))
    const asked = places.filter((place) => place !== null)
    if (asked.length === 0) return events
    const deleted = new Set(await this.#store.deletedAmong(asked))
    if (deleted.size === 0) return events
    let at = 0
    return events.map((event, index) =>
      places[index] !== null && deleted.has(at++) ? { n: event.n, json: emptiedEvent(event.json) } : event,
    )
  }

  page(user: UserId, after: number): Promise<QueuePage> {
    return this.#reading.run(`${user}/${after}`, async () => {
      const { oldest, events } = await this.#store.queue(user, after, MAX_PAGE_BYTES)
      return { oldest, events: await this.#told(await this.#bodies.events(events)) }
    }).result
  }
}
