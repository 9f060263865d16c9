import { NewestMap } from '../../../shared/newest-map.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'

/** Accounts remembered at least; those asked for longest ago are forgotten first. */
const ACCOUNTS = 50_000
const REFILL_MS = 10_000

type Bucket = { left: number; at: number }

/** Wrong passwords of one account: so many at once, then one every 10 s. */
export class FailedLogIns {
  readonly #burst: number
  readonly #buckets = new NewestMap<string, Bucket>(ACCOUNTS)

  constructor(burst: number) {
    this.#burst = burst
  }

  /** @throws `rate_limited` */
  check(key: string): void {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) return
    const left = this.#now(bucket)
    if (left >= 1) return
    throw new WeftError('rate_limited', 'too many failed log-ins of this account', {
      retryAfter: Math.ceil((1 - left) * REFILL_MS) / 1000,
    })
  }

  failed(key: string): void {
    const bucket = this.#buckets.get(key)
    const left = bucket === undefined ? this.#burst : this.#now(bucket)
    this.#buckets.set(key, { left: Math.max(0, left - 1), at: performance.now() })
  }

  #now({ left, at }: Bucket): number {
    return Math.min(this.#burst, left + (performance.now() - at) / REFILL_MS)
  }
}
