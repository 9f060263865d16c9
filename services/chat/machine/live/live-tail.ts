import type { HeldEvent } from '../../../../shared/fabric/held-event.ts'
import { emptiedEvent, placeOf } from '../../../../shared/fabric/wire/message-event.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { LiveLink } from './live-link.ts'

/** A record of a channel that stands. `event` null: it has nothing to see. */
export type LiveEntry = {
  readonly rev: number
  /** The newest message with it. */
  readonly head: number
  readonly isMessage: boolean
  /** All members were told of it in their queues: no mark is needed. */
  readonly isToldToAll?: boolean
  readonly event: HeldEvent | null
  /** The message that it deletes. */
  readonly deletes?: number
  readonly ends: readonly UserId[]
}

const OVERHEAD_BYTES = 100
const sizeOf = ({ event }: LiveEntry): number => OVERHEAD_BYTES + (event?.bytes ?? 0)

/** What all channels of a partition keep together: the oldest go first, whosever they are. */
export class LiveBudget {
  readonly #maxBytes: number
  #order: LiveTail[] = []
  #start = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  added(tail: LiveTail, bytes: number): void {
    this.#order.push(tail)
    this.#bytes += bytes
    while (this.#bytes > this.#maxBytes && this.#start < this.#order.length)
      this.#bytes -= this.#order[this.#start++]?.forgetOldest() ?? 0
    if (this.#start > 10_000 && this.#start * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#start)
      this.#start = 0
    }
  }
}

/** A channel's newest records, consecutive up to its newest, and the edges where it is open. */
export class LiveTail {
  readonly links = new Set<LiveLink>()
  readonly #budget: LiveBudget
  #first: number
  #firstHead: number
  #entries: LiveEntry[] = []
  #dropped = 0
  /** Messages that a record which is held deletes: all that they said lies before it. */
  readonly #deleted = new Set<number>()

  /** Where it begins: the next record, and the newest message before it. */
  constructor(budget: LiveBudget, next: number, head: number) {
    this.#budget = budget
    this.#first = next
    this.#firstHead = head
  }

  /** The oldest record that is held; the next one if none is. */
  get first(): number {
    return this.#first
  }

  /** The newest message before the oldest record that is held. */
  get firstHead(): number {
    return this.#firstHead
  }

  add(entry: LiveEntry): void {
    this.#entries.push(entry)
    if (entry.deletes !== undefined) this.#deleted.add(entry.deletes)
    this.#budget.added(this, sizeOf(entry))
  }

  forgetOldest(): number {
    const oldest = this.#entries[this.#dropped]
    if (oldest === undefined) return 0
    this.#dropped++
    if (oldest.deletes !== undefined) this.#deleted.delete(oldest.deletes)
    this.#first = oldest.rev + 1
    this.#firstHead = oldest.head
    if (this.#dropped * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#dropped)
      this.#dropped = 0
    }
    return sizeOf(oldest)
  }

  /** After record `rev`, which must not lie before the oldest. */
  *after(rev: number): Generator<LiveEntry> {
    for (let at = this.#dropped + rev + 1 - this.#first; at < this.#entries.length; at++) {
      const entry = this.#entries[at]
      if (entry !== undefined) yield entry
    }
  }

  /** An entry's event as it may be told now; null while it is sealed. */
  told({ event }: LiveEntry): Uint8Array | null {
    const json = event?.json ?? null
    const place = json === null || this.#deleted.size === 0 ? null : placeOf(json)
    if (event === null || json === null || place === null || !this.#deleted.has(place.seq)) return json
    const emptied = emptiedEvent(json)
    event.open(emptied)
    return emptied
  }

  /** Message `head`'s own record, or the one before all that are held: where one who holds that message goes on. */
  revBefore(head: number): number {
    let rev = this.#first - 1
    for (const entry of this.after(rev)) {
      if (entry.head > head) break
      if (entry.isMessage) rev = entry.rev
    }
    return rev
  }
}
