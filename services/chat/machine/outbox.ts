import type { KeyRing } from '../../../shared/fabric/keyring.ts'
import { comparePositions, endOfPack, type Position, START } from '../../../shared/fabric/position.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import {
  type Bundle,
  type Bundled,
  type BundleEvent,
  encodeBundle,
  type Ranks,
} from '../../../shared/fabric/wire/bundle.ts'
import { counter, gauge } from '../../../shared/metrics/metrics.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { type EventBytes, plaintext } from './tail.ts'

export type { Ranks }

/** An event on its way to one SYNC partition. */
export type OutboxItem = {
  readonly pack: number
  /** Its record's index in the pack. */
  readonly record: number
  readonly event: EventBytes
  readonly recipients: readonly UserId[]
  readonly ranks?: Ranks | null
}

/** Bundles that may be under way to one SYNC partition at once. */
const WINDOW_BUNDLES = 32
/** Without an answer for so long, everything that isn't confirmed goes out again (ms). */
const RESEND_MS = 1_500
const IDLE_ADVANCE_MS = 10_000
/** Fewer deliveries than these are done in a moment, however old they are. */
const BUSY_DELIVERIES = 10_000
const EVENT_OVERHEAD_BYTES = 160
/** An id and its length, at the most. */
const ID_BYTES = 66

const backlog = gauge('weft_bundle_backlog_events', 'Events that a SYNC partition has not confirmed yet', [
  'log',
  'sync',
])
const resent = counter('weft_bundle_resends_total', 'Times that bundles were sent again, by why', ['why'])

export type OutboxOptions = {
  readonly logPartition: number
  readonly syncPartition: number
  readonly term: number
  readonly lineage: number
  readonly keys: KeyRing
  /** Sends bundle bytes to the present owner; false if there is none just now. */
  readonly send: (bundle: Uint8Array) => boolean
  readonly committed: () => number
  /** The last pack before this owner's first: nobody can have taken in more when it begins. */
  readonly endBefore: number
  readonly valid: () => boolean
  readonly alarm: (message: string, details: object) => void
}

/**
 * What one SYNC partition hasn't confirmed of this LOG partition, in order, and the sending of it. Each bundle names the
 * position before it, so one that comes twice or out of order is recognised at the other side; its answer says how far
 * it durably is, and anything unanswered is sent again from there. Nothing is dropped for time.
 */
export class BundleOutbox {
  readonly #options: OutboxOptions
  readonly #items: OutboxItem[]
  /** Where the other side durably is; null until it has said so. */
  #confirmed: Position | null = null
  #sent: Position = START
  /** Index in #items of the first that hasn't been sent (or only in part) since #confirmed. */
  #next = 0
  #inFlight: Position[] = []
  #sending = false
  #timer: NodeJS.Timeout | undefined
  #answeredAt = performance.now()
  /** When it was answered, or all was sent again for want of an answer. */
  #patientSince = performance.now()
  #lastAsked = 0
  #bytes = 0
  #deliveries = 0
  /** When the items of each pack were added, oldest first. */
  #added: { readonly pack: number; readonly at: number }[] = []
  #over = false

  /** @param items remade from the log at take-over, in order. */
  constructor(options: OutboxOptions, items: OutboxItem[]) {
    this.#options = options
    this.#items = items
    for (const item of items) this.#count(item)
    this.#timer = setInterval(() => this.#tick(), RESEND_MS / 3)
    this.#ask()
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Everything up to the pack has been taken in by the other side. */
  released(pack: number): boolean {
    const oldest = this.#items[0]
    return oldest === undefined || oldest.pack > pack
  }

  add(item: OutboxItem): void {
    this.#items.push(item)
    this.#count(item)
  }

  /**
   * How long its oldest item has waited (ms): what is sent now comes so late into the queues. 0 while the other side is
   * silent, since that is no matter of its pace, and while little waits.
   */
  lagMs(): number {
    const oldest = this.#added[0]
    if (oldest === undefined || this.#deliveries < BUSY_DELIVERIES) return 0
    const now = performance.now()
    return now - this.#answeredAt < RESEND_MS ? now - oldest.at : 0
  }

  /** Sends what can be sent. Call after a commit's items were added. */
  pump(): void {
    if (this.#sending || this.#over || this.#confirmed === null || this.#next >= this.#items.length) return
    this.#sending = true
    this.#sendAll().then(
      () => {
        this.#sending = false
      },
      (error: unknown) => {
        this.#sending = false
        this.#options.alarm('bundles could not be sent; trying again', { err: error })
      },
    )
  }

  /** The other side's answer. */
  answered(answer: Bundled): void {
    const { position } = answer
    if (position.pack > 0 && position.lineage !== this.#options.lineage) {
      this.#options.alarm('ALARM: a SYNC partition stands in another lineage of this log', { position })
      return
    }
    const before = this.#confirmed
    // What it took in past the log's end is of packs that are gone; going on would let new ones pass for them.
    const end = before === null ? this.#options.endBefore : this.#options.committed()
    if (position.pack > end) {
      this.#options.alarm(
        'ALARM: a SYNC partition holds more of this log than the log does: its tail is gone',
        {
          position,
          end,
        },
      )
      return
    }
    this.#answeredAt = this.#patientSince = performance.now()
    if (before !== null && comparePositions(position, before) < 0) return // an older answer, overtaken
    this.#confirmed = position
    this.#drop(position)
    this.#inFlight = this.#inFlight.filter((sent) => comparePositions(sent, position) > 0)
    if (answer.refused || before === null || comparePositions(position, this.#sent) > 0) this.#rewind()
    this.pump()
  }

  /** The SYNC partition has a new owner: it knows what stands, and nothing that was under way. */
  ownerChanged(): void {
    if (this.#confirmed === null) this.#ask()
    else {
      resent.inc({ why: 'owner' })
      this.#rewind()
      this.#ask()
      this.pump()
    }
  }

  end(): void {
    this.#over = true
    clearInterval(this.#timer)
    backlog.remove({ log: this.#options.logPartition, sync: this.#options.syncPartition })
  }

  #tick(): void {
    backlog.set({ log: this.#options.logPartition, sync: this.#options.syncPartition }, this.#items.length)
    const now = performance.now()
    const waited = now - this.#patientSince
    if (this.#confirmed === null) this.#ask()
    else if (this.#inFlight.length > 0 && waited > RESEND_MS) {
      resent.inc({ why: 'unanswered' })
      this.#patientSince = now
      this.#rewind()
      this.pump()
    } else if (this.#items.length > 0) this.pump()
    else if (now - this.#lastAsked > IDLE_ADVANCE_MS && this.#confirmed.pack < this.#options.committed()) {
      this.#advance(this.#confirmed)
    }
  }

  /** Asks where the other side is: a bundle of nothing at the very start, which it has taken in for certain. */
  #ask(): void {
    this.#lastAsked = performance.now()
    this.#publish({ previous: START, position: START, events: [] })
  }

  /** Moves the other side's position although nothing concerned it, so that it doesn't hold the log's trimming up. */
  #advance(confirmed: Position): void {
    this.#lastAsked = performance.now()
    const position = endOfPack(this.#options.lineage, this.#options.committed())
    if (this.#publish({ previous: confirmed, position, events: [] })) {
      this.#sent = position
      this.#inFlight.push(position)
    }
  }

  #rewind(): void {
    this.#sent = this.#confirmed ?? START
    this.#next = 0
    this.#inFlight = []
  }

  #drop(position: Position): void {
    let done = 0
    for (const item of this.#items) {
      const isBehind =
        item.pack < position.pack || (item.pack === position.pack && item.record < position.record)
      if (!isBehind) break
      this.#bytes -= sizeOf(item)
      this.#deliveries -= item.recipients.length
      done++
    }
    if (done === 0) return
    const oldest = this.#items[done]?.pack ?? Number.POSITIVE_INFINITY
    const later = this.#added.findIndex(({ pack }) => pack >= oldest)
    this.#added.splice(0, later < 0 ? this.#added.length : later)
    this.#items.splice(0, done)
    this.#next = Math.max(0, this.#next - done)
  }

  #count(item: OutboxItem): void {
    this.#bytes += sizeOf(item)
    this.#deliveries += item.recipients.length
    if (this.#added.at(-1)?.pack !== item.pack) this.#added.push({ pack: item.pack, at: performance.now() })
  }

  async #sendAll(): Promise<void> {
    while (!this.#over && this.#inFlight.length < WINDOW_BUNDLES) {
      const item = this.#items[this.#next]
      if (item === undefined) return
      if (item.event.json === null) {
        // Meanwhile an answer may move everything, so the loop looks anew at where things are.
        await plaintext(item.event, this.#options.keys)
        continue
      }
      const bundle = this.#cut()
      if (!this.#publish({ previous: this.#sent, position: bundle.position, events: bundle.events })) return
      if (this.#inFlight.length === 0) this.#patientSince = performance.now()
      this.#sent = bundle.position
      this.#inFlight.push(bundle.position)
      this.#next = bundle.next
    }
  }

  /** The next bundle: as many events (or a slice of one's recipients) as fit a page, up to one that is still sealed. */
  #cut(): { events: BundleEvent[]; position: Position; next: number } {
    const events: BundleEvent[] = []
    let room = MAX_PAGE_BYTES
    let index = this.#next
    for (; index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item === undefined || item.event.json === null) break
      const { ranks = null } = item
      const { json, sealed } = item.event
      const isPartlySent =
        events.length === 0 && item.pack === this.#sent.pack && item.record === this.#sent.record
      const offset = isPartlySent ? this.#sent.slice : 0
      const cost = json.length + (sealed?.length ?? 0) + EVENT_OVERHEAD_BYTES
      if (events.length > 0 && cost + ID_BYTES > room) break
      const recipients = sliceToFit(item.recipients, offset, room - cost)
      events.push({ json, sealed, recipients, ranks })
      const taken = offset + recipients.length
      if (taken < item.recipients.length) {
        const position = {
          lineage: this.#options.lineage,
          pack: item.pack,
          record: item.record,
          slice: taken,
        }
        return { events, position, next: index }
      }
      room -= cost + recipients.length * ID_BYTES
    }
    return { events, position: this.#positionBefore(index), next: index }
  }

  #positionBefore(index: number): Position {
    const { lineage } = this.#options
    const last = this.#items[index - 1]
    if (last === undefined) return this.#sent
    const following = this.#items[index]
    const isPackDone = following === undefined || following.pack > last.pack
    return isPackDone
      ? endOfPack(lineage, last.pack)
      : { lineage, pack: last.pack, record: last.record + 1, slice: 0 }
  }

  #publish(part: Pick<Bundle, 'previous' | 'position' | 'events'>): boolean {
    if (!this.#options.valid()) return false
    const { logPartition, term, send } = this.#options
    return send(encodeBundle({ logPartition, term, ...part }))
  }
}

/** At least one recipient, so that a bundle always gets on. */
function sliceToFit(recipients: readonly UserId[], offset: number, roomBytes: number): readonly UserId[] {
  const fits = Math.max(1, Math.floor(roomBytes / ID_BYTES))
  return offset === 0 && recipients.length <= fits ? recipients : recipients.slice(offset, offset + fits)
}

const sizeOf = (item: OutboxItem): number =>
  (item.event.json?.length ?? 0) + (item.event.sealed?.length ?? 0) + item.recipients.length * 24 + 100
