/** A store in a process of its own, for a test that traces it: says on stdout what it has written, each time. */
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../services/storage/store/sqlite/threaded-store.ts'

const [path = '', how = ''] = process.argv.slice(2)
const WRITES = 10

if (how === 'store') {
  const store = await openSqlite(path)
  for (let pack = 1; pack <= WRITES; pack++) {
    const position = { pack, lineage: 1, digest: new Uint8Array(16) }
    await store.apply({ kind: 'log', partition: 0, position, packs: [] })
    process.stdout.write(`STORED ${pack}\n`)
  }
  await store.close()
} else {
  // What the store must not be.
  const raw = new DatabaseSync(path)
  raw.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE t (n INTEGER)')
  for (let n = 1; n <= WRITES; n++) {
    raw.prepare('INSERT INTO t VALUES (?)').run(n)
    process.stdout.write(`STORED ${n}\n`)
  }
  raw.close()
}
