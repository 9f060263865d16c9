import { counter } from '../metrics/metrics.ts'
import type { UserId } from '../protocol/ids.ts'
import type { Fabric } from './connection.ts'
import type { Directory } from './directory.ts'
import { MAX_PAGE_BYTES, subjects } from './registry.ts'
import { encodePassing, type PassingEvent, passingBytes } from './wire/passing.ts'

const dropped = counter(
  'weft_passing_dropped_total',
  'Passing events that were dropped on their way to the queues’ owners',
)

/**
 * Events that are kept nowhere, on their way to the SYNC owners of their recipients: gathered over a tick of the event
 * loop, one message a partition. What doesn't fit into it, or has no owner just now, is dropped.
 */
export class PassingOutbox {
  readonly #fabric: Fabric
  readonly #directory: Directory
  readonly #waiting = new Map<number, { readonly events: PassingEvent[]; bytes: number }>()

  constructor(fabric: Fabric, directory: Directory) {
    this.#fabric = fabric
    this.#directory = directory
  }

  /** @param routes the recipients by the SYNC partition that holds their queues. */
  add(json: Uint8Array, routes: ReadonlyMap<number, readonly UserId[]>): void {
    for (const [partition, recipients] of routes)
      if (recipients.length > 0) this.#add(partition, { json, recipients })
  }

  #add(partition: number, event: PassingEvent): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#flush())
    let waiting = this.#waiting.get(partition)
    if (waiting === undefined) {
      waiting = { events: [], bytes: 0 }
      this.#waiting.set(partition, waiting)
    }
    const bytes = passingBytes(event)
    if (waiting.bytes + bytes > MAX_PAGE_BYTES) {
      dropped.inc()
      return
    }
    waiting.events.push(event)
    waiting.bytes += bytes
  }

  #flush(): void {
    const { post, region, connected } = this.#fabric
    for (const [partition, { events }] of this.#waiting) {
      const term = this.#directory.term('sync', partition)
      // The client library would keep them for the time when NATS is back, when nobody wants them any more.
      if (term === undefined || !connected()) dropped.inc(events.length)
      else post.send(subjects.passing(region, partition, term), encodePassing(events))
    }
    this.#waiting.clear()
  }
}
