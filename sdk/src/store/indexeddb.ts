import type { Store } from '../options.ts'

const TABLE = 'kv'

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
  })
}

/** Survives a reload; shared by the tabs of one origin. A write is one transaction: all of it or nothing. */
export class IndexedDbStore implements Store {
  readonly #name: string
  readonly #factory: IDBFactory
  #opening: Promise<IDBDatabase> | undefined

  constructor(name = 'weft', factory: IDBFactory = globalThis.indexedDB) {
    this.#name = name
    this.#factory = factory
  }

  async get(key: string): Promise<unknown> {
    const table = (await this.#open()).transaction(TABLE).objectStore(TABLE)
    return settled<unknown>(table.get(key))
  }

  async list(prefix: string): Promise<[string, unknown][]> {
    const table = (await this.#open()).transaction(TABLE).objectStore(TABLE)
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
    const [keys, values] = await Promise.all([
      settled<IDBValidKey[]>(table.getAllKeys(range)),
      settled<unknown[]>(table.getAll(range)),
    ])
    return keys.map((key, index) => [typeof key === 'string' ? key : '', values[index]])
  }

  async write(changes: ReadonlyMap<string, unknown>): Promise<void> {
    const transaction = (await this.#open()).transaction(TABLE, 'readwrite', { durability: 'strict' })
    const table = transaction.objectStore(TABLE)
    const done = new Promise<void>((resolve, reject) => {
      const failed = () => reject(transaction.error ?? new Error('IndexedDB refused a write'))
      transaction.oncomplete = () => resolve()
      transaction.onabort = failed
      transaction.onerror = failed
    })
    for (const [key, value] of changes) {
      if (value === undefined) table.delete(key)
      else table.put(value, key)
    }
    await done
  }

  async close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    if (opening) (await opening).close()
  }

  #open(): Promise<IDBDatabase> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #connect(): Promise<IDBDatabase> {
    const request = this.#factory.open(this.#name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE)
    const db = await settled(request)
    // A newer version of the page wants to upgrade, or the browser took the database away: open again when needed.
    const forget = () => {
      db.close()
      this.#opening = undefined
    }
    db.onversionchange = forget
    db.onclose = forget
    return db
  }
}
