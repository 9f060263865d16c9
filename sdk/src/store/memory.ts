import type { Store } from '../options.ts'

/** Lives as long as the process. Values are copied, as a real store would. */
export class MemoryStore implements Store {
  readonly #values = new Map<string, unknown>()

  async get(key: string): Promise<unknown> {
    return structuredClone(this.#values.get(key))
  }

  async list(prefix: string): Promise<[string, unknown][]> {
    const found = [...this.#values].filter(([key]) => key.startsWith(prefix))
    return structuredClone(found.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  async write(changes: ReadonlyMap<string, unknown>): Promise<void> {
    for (const [key, value] of changes) {
      if (value === undefined) this.#values.delete(key)
      else this.#values.set(key, structuredClone(value))
    }
  }

  async close(): Promise<void> {}
}
