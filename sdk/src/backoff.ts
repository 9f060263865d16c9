/** Exponential back-off with full jitter: a uniformly random wait below a bound that doubles with each failure. */
export class Backoff {
  readonly #baseMs: number
  readonly #maxMs: number
  #failures = 0

  constructor(baseMs: number, maxMs: number) {
    this.#baseMs = baseMs
    this.#maxMs = maxMs
  }

  /** The next wait, counted as a failure; never less than `atLeastMs`. */
  nextMs(atLeastMs = 0): number {
    const bound = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(this.#failures, 30))
    this.#failures += 1
    // Jitter lies on top of the least wait, or all who were told "in a second" would come in the same one.
    return atLeastMs + Math.random() * bound
  }

  reset(): void {
    this.#failures = 0
  }
}

/** Waits; ends early, without an error, when one of the signals aborts. */
export function sleep(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve()
    const done = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    for (const signal of signals) signal.addEventListener('abort', done)
  })
}
