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

  /** 0 if there is one (or it was taken), else the seconds until there will be. */
  wait(nowMs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#at) / 1000) * this.#perSecond)
    this.#at = nowMs
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000) / 1000
  }

  take(nowMs: number): number {
    const wait = this.wait(nowMs)
    if (wait === 0) this.#tokens--
    return wait
  }
}
