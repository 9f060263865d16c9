import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SCHEMA } from '../../services/storage/store/sqlite/schema.ts'
import { SqliteStore } from '../../services/storage/store/sqlite/sqlite-store.ts'
import { openSqlite } from '../../services/storage/store/sqlite/threaded-store.ts'
import { StoreRefused } from '../../services/storage/store/store.ts'
import { type ChannelId, type Cid, trusted, type UserId } from '../../shared/protocol/ids.ts'
import { storeContract } from './store.ts'

let folder: string
let count = 0
const nextPath = () => join(folder, `${count++}`, 'weft.db')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-store-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

storeContract('SQLite', async () => new SqliteStore(nextPath()))
storeContract('SQLite in threads', () => openSqlite(nextPath()))

test('what was written is there after opening again', async () => {
  const path = nextPath()
  const first = new SqliteStore(path)
  const position = { pack: 1, lineage: 1, digest: new Uint8Array(16) }
  await first.apply({ kind: 'log', partition: 0, position, writes: [] })
  await first.close()
  const second = new SqliteStore(path)
  expect(await second.position('log', 0)).toEqual(position)
  await second.close()
})

test('a file of the first schema keeps its cids', async () => {
  const path = join(folder, 'old.db')
  const old = new DatabaseSync(path)
  old.exec(SCHEMA[0] ?? '')
  old.exec("INSERT INTO cids (channel, user, cid, seq, at) VALUES ('c', 'ann', 'x', 7, 9)")
  old.exec('PRAGMA user_version=1')
  old.close()
  const store = new SqliteStore(path)
  expect(await store.cid(trusted<ChannelId>('c'), trusted<UserId>('ann'), trusted<Cid>('x'))).toEqual({
    seq: 7,
    at: 9,
  })
  await store.close()
})

test('a file of a newer program is refused', async () => {
  const path = nextPath()
  await new SqliteStore(path).close()
  const raw = new DatabaseSync(path)
  raw.exec('PRAGMA user_version=99')
  raw.close()
  expect(() => new SqliteStore(path)).toThrow(StoreRefused)
  await expect(openSqlite(path)).rejects.toThrow(StoreRefused)
})
