import { JetStreamApiError, jetstream } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import type { Log } from '../../log/log.ts'
import type { WorkerId } from '../../protocol/ids.ts'
import { toJson } from '../call.ts'
import type { Fabric } from '../connection.ts'
import { type LeaseValue, leaseShape } from '../directory.ts'
import { LEASE_TTL_MS } from '../setup.ts'

const RENEW_MS = LEASE_TTL_MS / 5
/** After a renewal that failed: there is time for several more (ms). */
const RETRY_MS = RENEW_MS / 8
/** Taken off the lease's end, so that this side is silent before the other side may begin (ms). */
const SAFETY_MS = LEASE_TTL_MS / 10
/**
 * An answer that didn't come by then won't: NATS was restarted, and the lease still has time for another try (ms). More
 * than an event loop may stand still, or an answer that is there would be taken for late.
 */
const LEASE_CALL_MS = LEASE_TTL_MS * 0.4
const WRONG_LAST_SEQUENCE = 10071

/** For the buckets of leases and of workers alive. */
export const leaseKvm = ({ nc }: Pick<Fabric, 'nc'>): Kvm =>
  new Kvm(jetstream(nc, { timeout: LEASE_CALL_MS }))

export const isWrongSequence = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE

/**
 * The right to speak for something, for as long as it is renewed. It ends by this process's monotonic clock, counted
 * from before the last renewal was sent: a process that was frozen finds it over when it wakes. It is there for speed
 * and silence; what keeps two owners from both writing is the fence of the stream.
 */
export class Lease {
  /** Settles when the lease is no longer held, for whatever reason. */
  readonly lost: Promise<void>
  readonly #bucket: KV
  readonly #key: string
  readonly #log: Log
  #value: LeaseValue
  #revision: number
  #validUntil: number
  #timer: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #renewing: Promise<void> = Promise.resolve()
  #renewInMs = RENEW_MS
  #over = false
  #lose: () => void = () => {}

  private constructor(
    bucket: KV,
    key: string,
    value: LeaseValue,
    revision: number,
    sentAt: number,
    log: Log,
  ) {
    this.#bucket = bucket
    this.#key = key
    this.#value = value
    this.#revision = revision
    this.#validUntil = sentAt + LEASE_TTL_MS - SAFETY_MS
    this.#log = log
    this.lost = new Promise((resolve) => {
      this.#lose = resolve
    })
    this.#schedule()
    this.#watchExpiry()
  }

  /** Takes the lease if nobody holds it; null if somebody does. */
  static async take(bucket: KV, key: string, worker: WorkerId, log: Log): Promise<Lease | null> {
    const value: LeaseValue = { worker, term: 0, state: 'taking-over' }
    const sentAt = performance.now()
    try {
      const revision = await bucket.create(key, toJson(value))
      return new Lease(bucket, key, value, revision, sentAt, log)
    } catch (error) {
      if (isWrongSequence(error)) return null
      throw error
    }
  }

  valid(): boolean {
    return !this.#over && performance.now() < this.#validUntil
  }

  /** Tells everyone that this owner serves, under this term. */
  async announce(term: number): Promise<void> {
    this.#value = { ...this.#value, term, state: 'active' }
    await this.#renew()
  }

  /** Gives it back at once. */
  async release(): Promise<void> {
    const isOurs = this.valid()
    this.#finish()
    await this.#renewing
    if (!isOurs) return
    try {
      await this.#bucket.delete(this.#key, { previousSeq: this.#revision })
    } catch (error) {
      // It runs out by itself; whoever holds it now must not lose it to us.
      this.#log.debug({ err: error, lease: this.#key }, 'a lease could not be given back')
    }
  }

  #schedule(): void {
    if (this.#over) return
    this.#timer = setTimeout(() => void this.#renew().then(() => this.#schedule()), this.#renewInMs)
  }

  #renew(): Promise<void> {
    this.#renewing = this.#renewing.then(() => this.#renewOnce())
    return this.#renewing
  }

  async #renewOnce(): Promise<void> {
    if (this.#over) return
    const sentAt = performance.now()
    this.#renewInMs = RETRY_MS
    try {
      this.#revision = await this.#bucket.update(this.#key, toJson(this.#value), this.#revision)
      this.#validUntil = sentAt + LEASE_TTL_MS - SAFETY_MS
      this.#renewInMs = RENEW_MS
    } catch (error) {
      if (isWrongSequence(error)) {
        await this.#recognise()
        return
      }
      this.#log.warn(
        { err: error, lease: this.#key },
        'the lease could not be renewed; trying until it runs out',
      )
    }
    if (!this.valid()) this.#finish()
  }

  /** A renewal was refused: somebody else holds the lease, or an earlier renewal of ours stands whose answer was lost. */
  async #recognise(): Promise<void> {
    try {
      const entry = await this.#bucket.get(this.#key)
      if (entry?.operation === 'PUT' && leaseShape.parse(entry.json()).worker === this.#value.worker) {
        // Its end is still counted from the last renewal that was answered; the next one starts from this revision.
        this.#revision = entry.revision
        return
      }
      this.#log.warn({ lease: this.#key }, 'the lease is somebody else’s now')
      this.#finish()
    } catch (error) {
      this.#log.warn(
        { err: error, lease: this.#key },
        'could not see who holds the lease; trying until it runs out',
      )
    }
  }

  /** NATS may be out of reach for long: the end comes by the clock, not by an answer. */
  #watchExpiry(): void {
    if (this.#over) return
    const left = this.#validUntil - performance.now()
    if (left <= 0) this.#finish()
    else this.#expiry = setTimeout(() => this.#watchExpiry(), Math.ceil(left))
  }

  #finish(): void {
    this.#over = true
    clearTimeout(this.#timer)
    clearTimeout(this.#expiry)
    this.#lose()
  }
}
