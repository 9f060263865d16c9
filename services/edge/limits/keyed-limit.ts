import { NewestMap } from '../../../shared/newest-map.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { TokenBucket } from './token-bucket.ts'

/** Keys remembered at least; those not used for longest go first. */
const KEYS = 50_000

/** A rate for each key (an address, an account name). */
export class KeyedLimit {
  readonly #what: string
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new NewestMap<string, TokenBucket>(KEYS)

  constructor(what: string, burst: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#what = what
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
  }

  /** @throws `rate_limited` if this key has none left, else takes one. */
  take(key: string): void {
    const waitSeconds = this.#bucket(key).take(this.#now())
    if (waitSeconds > 0)
      throw new WeftError('rate_limited', `too many ${this.#what}`, { retryAfter: waitSeconds })
  }

  #bucket(key: string): TokenBucket {
    const known = this.#buckets.get(key)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.#burst, this.#perSecond, this.#now())
    this.#buckets.set(key, bucket)
    return bucket
  }
}
