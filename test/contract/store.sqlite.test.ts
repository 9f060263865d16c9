import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bodies } from '../../services/storage/reads/bodies.ts'
import { SCHEMA } from '../../services/storage/store/sqlite/schema.ts'
import { SqliteStore } from '../../services/storage/store/sqlite/sqlite-store.ts'
import { openSqlite } from '../../services/storage/store/sqlite/threaded-store.ts'
import { StoreRefused } from '../../services/storage/store/store.ts'
import { createLog } from '../../shared/log/log.ts'
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
  await first.apply({ kind: 'log', partition: 0, position, packs: [] })
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

test('a file from before bodies were sealed in it is read as it is', async () => {
  const path = join(folder, 'clear.db')
  const old = new DatabaseSync(path)
  for (const step of SCHEMA.slice(0, 2)) old.exec(step)
  old.exec(`INSERT INTO messages (channel, seq, json) VALUES ('c', 1, CAST('{"seq":1}' AS BLOB))`)
  old.exec(`INSERT INTO events (id, refs, json) VALUES (1, 1, CAST('{"kind":"read"}' AS BLOB))`)
  old.exec(`INSERT INTO queues (user, n, at, event) VALUES ('ann', 7, 1, 1)`)
  old.exec('PRAGMA user_version=2')
  old.close()
  const store = new SqliteStore(path)
  const keys = { key: () => undefined, load: () => Promise.reject(new Error('no key is needed')) }
  const bodies = new Bodies(keys, createLog('test', 'silent'))
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
  const messages = await store.messages(trusted<ChannelId>('c'), 1, 9, 1e6)
  expect((await bodies.messages(messages)).map(text)).toEqual(['{"seq":1}'])
  const { events } = await store.queue(trusted<UserId>('ann'), 0, 1e6)
  expect((await bodies.events(events)).map(({ n, json }) => [n, text(json)])).toEqual([
    [7, '{"kind":"read"}'],
  ])
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
