import { expect, test } from 'vitest'
import { PackChain } from '../../shared/fabric/pack.ts'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { Snapshots } from '../../shared/fabric/partition-log/snapshots.ts'
import { Trimming, trimLog } from '../../shared/fabric/partition-log/trim.ts'
import { streams } from '../../shared/fabric/registry.ts'
import { PROJECTION } from '../../shared/fabric/setup.ts'
import { contents } from './ledger.ts'
import { freshFabric, log, REF, startHost, takenOver, until, write, writeThrough } from './support.ts'

type Fabric = Awaited<ReturnType<typeof freshFabric>>['fabric']
const HOUR_MS = 3_600_000

/** The store's consumer has taken in everything up to this pack. */
async function storeTakes(fabric: Fabric, upTo: number): Promise<void> {
  const consumer = await fabric.js.consumers.get(streams.pack(REF), PROJECTION)
  const messages = await consumer.fetch({ max_messages: upTo, expires: 5_000 })
  for await (const message of messages) {
    if (message.seq < upTo) continue
    expect(await message.ackAck()).toBe(true)
    break
  }
}
const firstOf = async (fabric: Fabric) => (await fabric.jsm.streams.info(streams.pack(REF))).state.first_seq

/** 30 packs and a snapshot of some of them. */
async function withSnapshot(fabric: Fabric) {
  const owner = await takenOver(fabric, { limits: { snapshotEveryPacks: 20 } })
  for (let value = 0; value < 30; value++) expect(await write(owner.tenure, value)).toBe('committed')
  const head = await until(async () => {
    const found = await new Snapshots(fabric, REF).head()
    if (found === null) throw new Error('no snapshot yet')
    return found
  })
  return { ...owner, snapshotPack: head.pack }
}

test('only what the snapshot covers, the store has acked and is old enough goes', async () => {
  const { fabric } = await freshFabric()
  const { tenure, snapshotPack } = await withSnapshot(fabric)
  expect(await trimLog(fabric, REF, snapshotPack, 0), 'the store has acked nothing').toBe(0)
  await storeTakes(fabric, 10)
  expect(await trimLog(fabric, REF, snapshotPack, HOUR_MS), 'all of it is young').toBe(0)
  expect(await trimLog(fabric, REF, snapshotPack, 0)).toBe(10)
  expect(await firstOf(fabric)).toBe(11)
  await storeTakes(fabric, 31)
  await trimLog(fabric, REF, snapshotPack, 0)
  expect(await firstOf(fabric), 'the pack of the snapshot stays').toBe(snapshotPack)
  await trimLog(fabric, REF, 1_000_000, 0)
  expect(await firstOf(fabric), 'the last pack stays, whatever is claimed').toBe(31)
  expect(await write(tenure, 30)).toBe('committed')
})

test('a trimmed log is taken over, and goes on for whoever follows it', async () => {
  const { fabric } = await freshFabric()
  const { tenure, machine, snapshotPack } = await withSnapshot(fabric)
  await storeTakes(fabric, 31)
  expect(await trimLog(fabric, REF, snapshotPack, 0)).toBeGreaterThan(0)
  await tenure.drain()

  const heir = await takenOver(fabric)
  expect(contents(heir.machine)).toEqual(contents(machine))
  expect(await write(heir.tenure, 99)).toBe('committed')
  // The store goes on from its own position, and finds the chain whole.
  const stream = new PackStream(fabric, REF)
  const chain = new PackChain(snapshotPack - 1, null)
  const end = (await stream.last())?.sequence ?? 0
  for await (const { sequence, bytes } of stream.read(snapshotPack, end)) chain.next(sequence, bytes)
  expect(chain.number).toBe(end)
  const consumer = await fabric.js.consumers.get(streams.pack(REF), PROJECTION)
  expect((await consumer.next({ expires: 5_000 }))?.seq).toBe(32)
})

test('an owner trims after a snapshot, and not again at once', async () => {
  const { fabric } = await freshFabric()
  const limits = { snapshotEveryPacks: 5, logKeepDays: 0 }
  const host = await startHost(fabric, 'owner', 1, { limits })
  for (let value = 0; value < 3; value++) await writeThrough([host], 0, value)
  await storeTakes(fabric, 4)
  await writeThrough([host], 0, 3)
  await until(async () => expect(await firstOf(fabric)).toBe(5))

  const trimming = new Trimming(fabric, REF, 0, log)
  await trimming.snapshotStands(1)
  const before = await firstOf(fabric)
  await storeTakes(fabric, 5)
  await trimming.snapshotStands(1_000)
  expect(await firstOf(fabric), 'that was tried a moment ago').toBe(before)
})
