import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { Deletions } from './deletions.ts'
import type { UserQueue } from './queue.ts'

export type HeldDelivery = { readonly queue: UserQueue; readonly n: number }

/** What an event costs beside its bytes, and what each queue that it stands in adds (bytes, about). */
const EVENT_OVERHEAD_BYTES = 120
const DELIVERY_BYTES = 40
const COMPACT_AT = 1_024

/**
 * All events in memory in the order of their packs. Nothing leaves before the store has confirmed its pack; after that
 * the oldest go first, whoever they belong to. Columns, not an object an event and one a delivery: there are millions.
 */
export class EventMemory {
  readonly #maxBytes: number
  readonly #maxUnconfirmedBytes: number
  readonly #maxPerUser: number
  readonly deletions = new Deletions()
  #events: HeldEvent[] = []
  /** How many deliveries each has, and all of them one after the other: whose queue, and the number there. */
  #counts: number[] = []
  #queues: UserQueue[] = []
  #numbers: number[] = []
  /** Where the deliveries of the oldest begin. */
  #firstDelivery = 0
  /** Index of the oldest that is still kept, and of the oldest that the store hasn't confirmed. */
  #oldest = 0
  #unconfirmed = 0
  #bytes = 0
  #unconfirmedBytes = 0
  #confirmed = 0

  constructor(limits: {
    readonly memoryBytes: number
    readonly unconfirmedBytes: number
    readonly eventsPerUser: number
  }) {
    this.#maxBytes = limits.memoryBytes
    this.#maxUnconfirmedBytes = limits.unconfirmedBytes
    this.#maxPerUser = limits.eventsPerUser
  }

  /** Every pack up to this one is in the store. */
  get confirmed(): number {
    return this.#confirmed
  }

  get bytes(): number {
    return this.#bytes
  }

  hasRoom(): boolean {
    return this.#unconfirmedBytes < this.#maxUnconfirmedBytes
  }

  /** Appends a committed event to its queues; of those that count it already, it is recalled. */
  keep(event: HeldEvent, deliveries: readonly HeldDelivery[]): void {
    this.deletions.kept(event)
    for (const { queue, n } of deliveries) {
      this.#queues.push(queue)
      this.#numbers.push(n)
      if (n > queue.head) queue.append(event)
      else queue.recall(n, event)
      if (queue.held > this.#maxPerUser && (queue.at(queue.oldest)?.pack ?? 0) <= this.#confirmed)
        queue.dropThrough(queue.oldest)
    }
    const bytes = sizeOf(event, deliveries.length)
    this.#events.push(event)
    this.#counts.push(deliveries.length)
    this.#bytes += bytes
    this.#unconfirmedBytes += bytes
    this.#settle()
  }

  confirm(pack: number): void {
    if (pack <= this.#confirmed) return
    this.#confirmed = pack
    this.#settle()
  }

  #settle(): void {
    while (this.#unconfirmed < this.#events.length) {
      const event = this.#events[this.#unconfirmed]
      if (event === undefined || event.pack > this.#confirmed) break
      this.#unconfirmedBytes -= sizeOf(event, this.#counts[this.#unconfirmed] ?? 0)
      this.#unconfirmed++
    }
    while (this.#bytes > this.#maxBytes && this.#oldest < this.#unconfirmed) this.#forgetOldest()
    if (this.#oldest >= COMPACT_AT && this.#oldest * 2 >= this.#events.length) this.#compact()
  }

  #forgetOldest(): void {
    const event = this.#events[this.#oldest]
    if (event === undefined) return
    const count = this.#counts[this.#oldest] ?? 0
    for (let at = this.#firstDelivery; at < this.#firstDelivery + count; at++)
      this.#queues[at]?.dropThrough(this.#numbers[at] ?? 0)
    this.deletions.forgotten(event)
    this.#bytes -= sizeOf(event, count)
    this.#firstDelivery += count
    this.#oldest++
  }

  #compact(): void {
    this.#events = this.#events.slice(this.#oldest)
    this.#counts = this.#counts.slice(this.#oldest)
    this.#queues = this.#queues.slice(this.#firstDelivery)
    this.#numbers = this.#numbers.slice(this.#firstDelivery)
    this.#unconfirmed -= this.#oldest
    this.#oldest = 0
    this.#firstDelivery = 0
  }
}

const sizeOf = (event: HeldEvent, deliveries: number): number =>
  event.bytes + EVENT_OVERHEAD_BYTES + DELIVERY_BYTES * deliveries
