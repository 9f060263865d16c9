import type { HeldEvent, UserQueue } from './queue.ts'

export type HeldDelivery = { readonly queue: UserQueue; readonly n: number }

type Kept = {
  readonly pack: number
  readonly bytes: number
  readonly deliveries: readonly HeldDelivery[]
}

/** What an event costs beside its bytes, and what each queue that it stands in adds (bytes, about). */
const EVENT_OVERHEAD_BYTES = 120
const DELIVERY_BYTES = 40
const COMPACT_AT = 1_024

/**
 * All events in memory in the order of their packs. Nothing leaves before the store has confirmed its pack; after that
 * the oldest go first, whoever they belong to.
 */
export class EventMemory {
  readonly #maxBytes: number
  readonly #maxUnconfirmedBytes: number
  readonly #maxPerUser: number
  #kept: Kept[] = []
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

  /** Appends a committed event to its queues. */
  keep(event: HeldEvent, deliveries: readonly HeldDelivery[]): void {
    for (const { queue } of deliveries) {
      queue.append(event)
      if (queue.held > this.#maxPerUser && (queue.at(queue.oldest)?.pack ?? 0) <= this.#confirmed)
        queue.dropThrough(queue.oldest)
    }
    const body = event.json?.length ?? event.sealed?.length ?? 0
    const bytes = body + EVENT_OVERHEAD_BYTES + DELIVERY_BYTES * deliveries.length
    this.#kept.push({ pack: event.pack, bytes, deliveries })
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
    for (let kept = this.#kept[this.#unconfirmed]; kept !== undefined; kept = this.#kept[this.#unconfirmed]) {
      if (kept.pack > this.#confirmed) break
      this.#unconfirmedBytes -= kept.bytes
      this.#unconfirmed++
    }
    while (this.#bytes > this.#maxBytes && this.#oldest < this.#unconfirmed) {
      const kept = this.#kept[this.#oldest]
      if (kept === undefined) break
      for (const { queue, n } of kept.deliveries) queue.dropThrough(n)
      this.#bytes -= kept.bytes
      this.#oldest++
    }
    if (this.#oldest >= COMPACT_AT && this.#oldest * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(this.#oldest)
      this.#unconfirmed -= this.#oldest
      this.#oldest = 0
    }
  }
}
