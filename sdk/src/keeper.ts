import type { Store } from './options.ts'

const RETRY_MS = 1_000

/** Writes changes to the store, one write at a time and in order; what comes meanwhile goes into the next one. */
export class Keeper {
  readonly #store: Store
  readonly #onProblem: (error: unknown) => void
  #changes = new Map<string, unknown>()
  #writing: Promise<void> | undefined

  constructor(store: Store, onProblem: (error: unknown) => void) {
    this.#store = store
    this.#onProblem = onProblem
  }

  /** `undefined` deletes. Written with the next `flush`. */
  put(key: string, value: unknown): void {
    this.#changes.set(key, value)
  }

  /** Resolves when everything put so far is in the store; waits as long as the store refuses. */
  flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #write(): Promise<void> {
    // What is put in this same turn belongs to one write.
    await Promise.resolve()
    while (this.#changes.size > 0) {
      const changes = this.#changes
      this.#changes = new Map()
      try {
        await this.#store.write(changes)
      } catch (error) {
        this.#onProblem(error)
        // Newer values of the same keys win over those that failed.
        this.#changes = new Map([...changes, ...this.#changes])
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }
}
