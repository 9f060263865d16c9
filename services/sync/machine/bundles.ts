import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { MAX_RECORD_BYTES, type PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import { type Bundle, type BundleEvent, encodeBundled } from '../../../shared/fabric/wire/bundle.ts'
import { type Delivery, type EventBody, encodeSyncRecord } from '../../../shared/fabric/wire/sync-record.ts'
import type { Log } from '../../../shared/log/log.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import { Intake } from './intake.ts'
import type { Marks } from './marks.ts'
import type { HeldDelivery } from './memory.ts'
import { isReadReceipt } from './receipts.ts'
import type { Users } from './users.ts'

const taken = counter('weft_bundles_total', 'Bundles of LOG owners, by what was said to them', ['verdict'])

const queued = counter('weft_queued_total', 'Events put into queues, one for each queue')

const RECORD_OVERHEAD_BYTES = 256
const DELIVERY_OVERHEAD_BYTES = 8
/** An id has at most 64 characters. */
const MAX_DELIVERY_BYTES = 64 + DELIVERY_OVERHEAD_BYTES
const NOTHING: EventBody = { kind: 'clear', json: new Uint8Array(0) }

/** Splits recipients so that each record stays under its limit. */
export function* slices(body: EventBody, deliveries: readonly Delivery[]): Generator<readonly Delivery[]> {
  const fixed = RECORD_OVERHEAD_BYTES + (body.kind === 'clear' ? body.json : body.sealed).length
  let slice: Delivery[] = []
  let bytes = fixed
  for (const delivery of deliveries) {
    const more = delivery.user.length + DELIVERY_OVERHEAD_BYTES
    if (slice.length > 0 && bytes + more > MAX_RECORD_BYTES) {
      yield slice
      slice = []
      bytes = fixed
    }
    slice.push(delivery)
    bytes += more
  }
  if (slice.length > 0) yield slice
}

/** The most that a bundle's records may have (bytes): what its deliveries take, and its event once a slice. */
export function weightOf(bundle: Bundle): number {
  let weight = RECORD_OVERHEAD_BYTES
  for (const { json, sealed, recipients } of bundle.events) {
    const fixed = RECORD_OVERHEAD_BYTES + (sealed ?? json).length
    let deliveries = 0
    for (const user of recipients) deliveries += user.length + DELIVERY_OVERHEAD_BYTES
    weight +=
      deliveries + fixed * Math.ceil((deliveries + 1) / (MAX_RECORD_BYTES - fixed - MAX_DELIVERY_BYTES))
  }
  return weight
}

/** Takes bundles in, each once, and answers their senders after the commit: one answer a LOG partition. */
export class Bundles {
  readonly intake = new Intake()
  readonly #users: Users
  readonly #marks: Marks
  readonly #log: Log
  readonly #answers = new Map<number, { readonly term: number; readonly refused: boolean }>()
  /** The pack that the last record was added to. */
  #recordIn = 0

  constructor(users: Users, marks: Marks, log: Log) {
    this.#users = users
    this.#marks = marks
    this.#log = log
  }

  plan(
    bundle: Bundle,
    pack: PackPlan,
    staged: (event: HeldEvent, deliveries: readonly HeldDelivery[]) => void,
  ): void {
    const { logPartition, term, position } = bundle
    const verdict = this.intake.judge(bundle)
    taken.inc({ verdict })
    this.#answers.set(logPartition, { term, refused: verdict === 'gap' || verdict === 'foreign' })
    if (verdict === 'foreign') {
      this.#log.error(
        { logPartition, lineage: position.lineage, followed: this.intake.durable(logPartition).lineage },
        'a LOG partition has another lineage than the one that was followed; its bundles are refused',
      )
    }
    if (verdict !== 'next') return
    // A message of NATS holds each event twice, to keep and to send; what is kept in memory is copied out of it, at once.
    const kept = Buffer.allocUnsafeSlow(bundle.events.reduce((bytes, { json }) => bytes + json.length, 0))
    let at = 0
    for (const event of bundle.events) {
      kept.set(event.json, at)
      const json = kept.subarray(at, at + event.json.length)
      at += json.length
      staged(HeldEvent.clear(json, pack.number), this.#planEvent(event, pack))
    }
    // A position that moves without an event must come to stand too, and a pack without records isn't written.
    if (this.#recordIn !== pack.number)
      this.#add(pack, encodeSyncRecord({ type: 'event', body: NOTHING, deliveries: [] }))
    this.intake.stage(logPartition, position)
  }

  /** The answers that are due, as of what stands now. */
  *answers(address: {
    readonly partition: number
    readonly term: number
  }): Generator<{ readonly logPartition: number; readonly term: number; readonly bytes: Uint8Array }> {
    this.intake.commit()
    for (const [logPartition, { term, refused }] of this.#answers) {
      const position = this.intake.durable(logPartition)
      const bytes = encodeBundled({
        syncPartition: address.partition,
        syncTerm: address.term,
        position,
        refused,
      })
      yield { logPartition, term, bytes }
    }
    this.#answers.clear()
  }

  #planEvent({ json, sealed, recipients, ranks = null }: BundleEvent, pack: PackPlan): HeldDelivery[] {
    // Who doesn't say what they read isn't told what others did.
    const told = isReadReceipt(json)
      ? recipients.filter((user) => this.#users.find(user)?.hidesReads !== true)
      : recipients
    queued.inc(told.length)
    const held = told.map((user) => {
      const queue = this.#users.get(user)
      return { queue, n: ++queue.planned }
    })
    const body: EventBody = sealed === null ? { kind: 'clear', json } : { kind: 'sealed', sealed }
    const deliveries = held.map(({ queue, n }) => ({ user: queue.user, n }))
    for (const slice of slices(body, deliveries))
      this.#add(pack, encodeSyncRecord({ type: 'event', body, deliveries: slice, ranks }))
    if (ranks !== null)
      this.#marks.rank(
        ranks,
        held.map(({ queue }) => queue),
        pack.number,
      )
    return held
  }

  #add(pack: PackPlan, record: Uint8Array): void {
    pack.add(record)
    this.#recordIn = pack.number
  }
}
