import 'fake-indexeddb/auto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Store } from '../options.ts'
import { FileStore } from './file.ts'
import { IndexedDbStore } from './indexeddb.ts'
import { MemoryStore } from './memory.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

/** Each makes a store, and opens it again as after a reload; memory has nothing to reload. */
const kinds: Record<string, () => Promise<{ store: Store; again: () => Store }>> = {
  memory: async () => {
    const store = new MemoryStore()
    return { store, again: () => store }
  },
  IndexedDB: async () => {
    const name = crypto.randomUUID()
    return { store: new IndexedDbStore(name), again: () => new IndexedDbStore(name) }
  },
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-sdk-'))
    folders.push(folder)
    const path = join(folder, 'store.json')
    return { store: new FileStore(path), again: () => new FileStore(path) }
  },
}

describe.each(Object.entries(kinds))('the %s store', (_, make) => {
  it('gives back what was written, by key and by prefix in order', async () => {
    const { store, again } = await make()
    expect(await store.get('none')).toBeUndefined()
    await store.write(
      new Map<string, unknown>([
        ['b/2', { deep: [1] }],
        ['b/1', 'one'],
        ['c', 3],
      ]),
    )
    await store.close()
    const reloaded = again()
    expect(await reloaded.get('b/2')).toEqual({ deep: [1] })
    expect(await reloaded.list('b/')).toEqual([
      ['b/1', 'one'],
      ['b/2', { deep: [1] }],
    ])
    await reloaded.write(
      new Map<string, unknown>([
        ['b/1', undefined],
        ['c', 4],
      ]),
    )
    expect(await reloaded.list('')).toEqual([
      ['b/2', { deep: [1] }],
      ['c', 4],
    ])
    await reloaded.close()
  })

  it('keeps a copy: what the caller changes later is not in it', async () => {
    const { store } = await make()
    const value = { list: [1] }
    await store.write(new Map([['key', value]]))
    value.list.push(2)
    expect(await store.get('key')).toEqual({ list: [1] })
    await store.close()
  })

  it('takes many writes at once', async () => {
    const { store, again } = await make()
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.write(new Map([[`k/${n}`, n]]))))
    await store.close()
    const reloaded = again()
    expect(await reloaded.list('k/')).toHaveLength(20)
    await reloaded.close()
  })
})
