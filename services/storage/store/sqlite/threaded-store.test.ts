import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { encodeSyncRecord } from '../../../../shared/fabric/wire/sync-record.ts'
import { type ChannelId, trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import { SqliteStore } from './sqlite-store.ts'
import { openSqlite } from './threaded-store.ts'

// Two threads a store load their modules: seconds, on a machine that does much else.
vi.setConfig({ testTimeout: 60_000 })

/** One that doesn't end is killed, so that nothing is left behind. */
const PROGRAM_MS = 50_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-threads-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const position = (pack: number) => ({ pack, lineage: 1, digest: new Uint8Array(16) })

test('what was asked before a close is done before it', async () => {
  const path = join(folder, 'drained.db')
  const store = await openSqlite(path)
  const applied = [1, 2, 3].map((pack) =>
    store.apply({ kind: 'log', partition: 0, position: position(pack), packs: [] }),
  )
  await Promise.all([...applied, store.close()])
  const again = new SqliteStore(path)
  expect(await again.position('log', 0)).toMatchObject({ pack: 3 })
  await again.close()
})

test('a read sees every write that was answered, also after a page that was cut', async () => {
  const store = await openSqlite(join(folder, 'seen.db'))
  const ann = trusted<UserId>('ann')
  for (let n = 1; n <= 5; n++) {
    const body = { kind: 'clear', json: Buffer.from(`{"n":${n}}`) } as const
    const records = [encodeSyncRecord({ type: 'event', body, deliveries: [{ user: ann, n }] })]
    const packs = [{ lineage: 1, at: n, records }]
    await store.apply({ kind: 'sync', partition: 0, position: position(n), packs })
    expect((await store.queue(ann, n - 1, 1)).events).toHaveLength(1)
    // Cut after its first event: a statement left open would go on reading the file as it is now.
    expect((await store.queue(ann, 0, 1)).events).toHaveLength(1)
  }
  await store.close()
})

test('too much at once is refused, not remembered', async () => {
  const store = await openSqlite(join(folder, 'bounded.db'))
  const channel = trusted<ChannelId>('c1')
  const asked = Array.from({ length: 10_001 }, () => store.readMark(trusted<UserId>('ann'), channel))
  const outcomes = await Promise.allSettled(asked)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10_000)
  expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  await store.close()
})

test.each([
  ['writer', 0],
  ['reader', 1],
])('a process whose %s thread ends by itself ends, and says so', async (role, index) => {
  const program = `
    const threads = []
    process.on('worker', (thread) => threads.push(thread))
    const { openSqlite } = await import(process.argv[1])
    await openSqlite(process.argv[2])
    void threads[${index}].terminate()
    setInterval(() => {}, 1000)`
  const url = new URL('threaded-store.ts', import.meta.url).href
  const ended = new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const args = ['--input-type=module', '-e', program, url, join(folder, `${role}.db`)]
    execFile(
      process.execPath,
      args,
      { timeout: PROGRAM_MS, killSignal: 'SIGKILL' },
      (error, _stdout, stderr) => resolve({ code: error?.code, stderr }),
    )
  })
  const { code, stderr } = await ended
  expect(code).toBe(1)
  expect(stderr).toContain(`the thread of the ${role} of ${join(folder, `${role}.db`)} ended by itself`)
})
