import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { checkAgainstSync } from '../../services/chat/machine/check-sync.ts'
import { lastOfStream } from '../../services/storage/projection/check-stream.ts'
import type { Fabric } from '../../shared/fabric/connection.ts'
import { encodePack, LogDamage, NO_DIGEST } from '../../shared/fabric/pack.ts'
import { Marks } from '../../shared/fabric/partition-log/marks.ts'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { endOfPack } from '../../shared/fabric/position.ts'
import { SetupRefused } from '../../shared/fabric/setup.ts'
import { encodeSyncMeta } from '../../shared/fabric/wire/sync-meta.ts'
import type { TestNats } from '../support/nats.ts'
import { connect, freshFabric, log, makeOwner, REF, startHost, takenOver, until, write } from './support.ts'

/** kill -9, a flipped bit in the newest pack, and no index that could tell: the server cuts the pack off at start. */
async function loseTail(nats: TestNats, stream: string): Promise<void> {
  await nats.kill()
  const folder = join(nats.dataDir, 'jetstream', 'jetstream', '$G', 'streams', stream, 'msgs')
  await rm(join(folder, 'index.db'), { force: true })
  const block = (await readdir(folder)).find((name) => name.endsWith('.blk'))
  if (block === undefined) throw new Error('the stream has no block file')
  const bytes = await readFile(join(folder, block))
  const at = bytes.length - 20
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  await writeFile(join(folder, block), bytes)
  await nats.restart()
}

const endOf = async (fabric: Fabric) => (await new PackStream(fabric, REF).last())?.sequence

test('a server that cut an acked pack off without a word is noticed by whoever takes over, every time', async () => {
  const { nats, fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  for (let value = 0; value < 5; value++) expect(await write(tenure, value, 100)).toBe('committed')
  await tenure.drain()
  expect(await endOf(fabric)).toBe(6)
  await fabric.close()
  await loseTail(nats, 'LOG-test-0')

  const again = await connect(nats.fabric)
  expect(await endOf(again), 'the server says nothing of it').toBe(5)
  for (let attempt = 0; attempt < 2; attempt++) {
    const failure = makeOwner(again).tenure.takeOver()
    await expect(failure).rejects.toThrow(LogDamage)
    await expect(failure).rejects.toThrow(/ends at 5, but pack 6 was acked/)
  }
  expect(await endOf(again), 'nothing was written in its place').toBe(5)
  const alarm = vi.fn()
  const quiet = log.child({})
  quiet.error = alarm
  const host = await startHost(again, 'heir', 1, { log: quiet })
  await until(() => expect(String(alarm.mock.calls[0]?.[1])).toMatch(/ALARM/))
  expect(host.tenure(0)).toBeUndefined()
})

test('the process that committed a pack knows of it before any mark was written', async () => {
  const { nats, fabric } = await freshFabric()
  const marks = new Marks(fabric, REF, log)
  const { tenure, lease } = await takenOver(fabric, { marks })
  for (let value = 0; value < 5; value++) expect(await write(tenure, value, 100)).toBe('committed')
  await nats.kill()
  if ('end' in lease && typeof lease.end === 'function') lease.end()
  await tenure.ended
  await loseTail(nats, 'LOG-test-0')
  await until(() => expect(fabric.connected()).toBe(true))
  await until(async () => expect((await new Marks(fabric, REF, log).highest())?.pack).toBeLessThan(6))
  await expect(makeOwner(fabric, { marks }).tenure.takeOver()).rejects.toThrow(/pack 6 was acked/)
})

test('another pack in the place of the marked one is noticed, at the end and in the middle', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  expect(await write(tenure, 1)).toBe('committed')
  await tenure.drain()
  const liar = new Marks(fabric, { ...REF, kind: 'sync' }, log)
  liar.committed(2, new Uint8Array(16))
  await liar.flush()
  const sync = { ...REF, kind: 'sync' } as const
  const first = await new PackStream(fabric, REF).get(1)
  const second = await new PackStream(fabric, REF).get(2)
  const copy = new PackStream(fabric, sync)
  for (const [index, bytes] of [first, second].entries())
    expect(await copy.publish(bytes ?? NO_DIGEST, index, 1_000)).toEqual({ kind: 'written' })
  await expect(makeOwner(fabric, { ref: sync }).tenure.takeOver()).rejects.toThrow(
    /isn't the one that was acked/,
  )
})

test('a mark is never lowered, and follows the commits', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  for (let value = 0; value < 20; value++) expect(await write(tenure, value)).toBe('committed')
  await until(async () => expect((await new Marks(fabric, REF, log).highest())?.pack).toBe(21))
  const stale = new Marks(fabric, REF, log)
  stale.committed(3, NO_DIGEST)
  await stale.flush()
  expect((await new Marks(fabric, REF, log).highest())?.pack).toBe(21)
})

test('a LOG that ends before what a SYNC log has taken in of it is noticed before anything is written on it', async () => {
  const { fabric } = await freshFabric()
  const positions = new Map([[0, endOfPack(5, 9)]])
  const bytes = encodePack({
    kind: 'records',
    lineage: 7,
    number: 1,
    previous: NO_DIGEST,
    term: 1,
    at: 1,
    meta: encodeSyncMeta(positions),
    records: [],
  })
  await checkAgainstSync(fabric, 1, { partition: 0, lineage: 5, pack: 1 }, log)
  expect(await new PackStream(fabric, { ...REF, kind: 'sync' }).publish(bytes, 0, 1_000)).toEqual({
    kind: 'written',
  })
  await checkAgainstSync(fabric, 1, { partition: 0, lineage: 5, pack: 9 }, log)
  await checkAgainstSync(fabric, 1, { partition: 0, lineage: 6, pack: 1 }, log)
  const empty = checkAgainstSync(fabric, 1, { partition: 0, lineage: 6, pack: 0 }, log)
  await expect(empty).rejects.toThrow(LogDamage)
  const short = checkAgainstSync(fabric, 1, { partition: 0, lineage: 5, pack: 8 }, log)
  await expect(short).rejects.toThrow(LogDamage)
  await expect(short).rejects.toThrow(/has taken in pack 9/)
})

test('storage refuses a stream that ends before what the store has', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  expect(await write(tenure, 1)).toBe('committed')
  await expect(lastOfStream(fabric, REF, 2)).resolves.toBe(2)
  await expect(lastOfStream(fabric, REF, 3)).rejects.toThrow(SetupRefused)
})
