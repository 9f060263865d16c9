import { open, readFile, rename } from 'node:fs/promises'
import type { Store } from '../options.ts'
import { isJson } from '../wire.ts'

/** One JSON file, for Node: written whole, synced, and renamed into place, so that a crash leaves the old or the new. */
export class FileStore implements Store {
  readonly #path: string
  #values: Promise<Map<string, unknown>> | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async get(key: string): Promise<unknown> {
    return structuredClone((await this.#load()).get(key))
  }

  async list(prefix: string): Promise<[string, unknown][]> {
    const found = [...(await this.#load())].filter(([key]) => key.startsWith(prefix))
    return structuredClone(found.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  async write(changes: ReadonlyMap<string, unknown>): Promise<void> {
    const values = await this.#load()
    for (const [key, value] of changes) {
      if (value === undefined) values.delete(key)
      else values.set(key, structuredClone(value))
    }
    const json = JSON.stringify(Object.fromEntries(values))
    const before = this.#writing
    // One after the other, whatever became of the one before: this one holds all of its values.
    this.#writing = before.then(
      () => this.#replace(json),
      () => this.#replace(json),
    )
    await this.#writing
  }

  async close(): Promise<void> {
    await this.#writing
  }

  #load(): Promise<Map<string, unknown>> {
    this.#values ??= this.#read()
    return this.#values
  }

  async #read(): Promise<Map<string, unknown>> {
    try {
      const parsed: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      return new Map(isJson(parsed) ? Object.entries(parsed) : [])
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
      throw error
    }
  }

  async #replace(json: string): Promise<void> {
    const next = `${this.#path}.next`
    const file = await open(next, 'w', 0o600)
    try {
      await file.writeFile(json)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(next, this.#path)
  }
}
