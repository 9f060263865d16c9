/** So many at once, then so many a second. */
export class TokenBucket {
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #at: number

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#tokens = burst
    this.#at = nowMs
  }

  /** 0 if there are so many (or they were taken), else the seconds until there will be. */
  wait(nowMs: number, count = 1): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#at) / 1000) * this.#perSecond)
    this.#at = nowMs
    return this.#tokens >= count ? 0 : Math.ceil(((count - this.#tokens) / this.#perSecond) * 1000) / 1000
  }

  take(nowMs: number, count = 1): number {
    const wait = this.wait(nowMs, count)
    if (wait === 0) this.#tokens -= count
    return wait
  }
}
