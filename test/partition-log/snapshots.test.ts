import { expect, test } from 'vitest'
import { LogDamage } from '../../shared/fabric/pack.ts'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { SnapshotPart, Snapshots } from '../../shared/fabric/partition-log/snapshots.ts'
import { streams } from '../../shared/fabric/registry.ts'
import { contents, Ledger } from './ledger.ts'
import { freshFabric, logged, makeOwner, REF, takenOver, until, write } from './support.ts'

test('a snapshot taken under load and the packs after it make the same state as the whole log', async () => {
  const { fabric } = await freshFabric()
  const { tenure, machine } = await takenOver(fabric, { limits: { snapshotEveryPacks: 10 } })
  const snapshots = new Snapshots(fabric, REF)
  let value = 0
  await until(async () => {
    for (let i = 0; i < 10; i++) await Promise.all([write(tenure, value++), write(tenure, value++)])
    expect((await snapshots.head())?.pack).toBeGreaterThan(100)
  })
  await tenure.drain()

  const heir = await takenOver(fabric)
  expect(contents(heir.machine)).toEqual(contents(machine))
  const all = new Ledger()
  for (const one of await logged(fabric)) all.shards[one % 8]?.values.push(one)
  expect(contents(heir.machine)).toEqual(contents(all))
  const packs = (await new PackStream(fabric, REF).last())?.sequence ?? 0
  expect(heir.machine.replayed, 'only what came after the snapshot was read').toBeLessThan(packs - 100)
  await until(async () => {
    const { state } = await fabric.jsm.streams.info(streams.snapshots(REF.region), {
      subjects_filter: `${REF.region}.snapshot.*.*.*.*`,
    })
    // Its page, and a page of the snapshot that the drain cut short.
    expect(Object.keys(state.subjects ?? {}).length, 'pages of older snapshots are gone').toBeLessThanOrEqual(
      2,
    )
  })
})

test('a snapshot stands only once what it holds was released', async () => {
  const { fabric } = await freshFabric()
  const machine = new Ledger()
  machine.releasedUpTo = 0
  const { tenure } = await takenOver(fabric, {
    machine,
    limits: { snapshotEveryPacks: 2, maxReplayPacks: 4 },
  })
  const snapshots = new Snapshots(fabric, REF)
  let value = 0
  const outcome = () => write(tenure, value++)
  for (let i = 0; i < 4; i++) expect(await outcome()).toBe('committed')
  expect(await snapshots.head()).toBeNull()
  expect(await outcome(), 'a take-over would have too much to read').toMatchObject({ code: 'unavailable' })
  machine.releasedUpTo = Number.POSITIVE_INFINITY
  await until(async () => expect(await outcome()).toBe('committed'))
  expect(await snapshots.head()).not.toBeNull()
})

test('what was committed while a snapshot waited is in the next one, though nothing more is written', async () => {
  const { fabric } = await freshFabric()
  const machine = new Ledger()
  machine.releasedUpTo = 0
  const { tenure } = await takenOver(fabric, { machine, limits: { snapshotEveryPacks: 5 } })
  for (let value = 0; value < 30; value++) expect(await write(tenure, value)).toBe('committed')
  machine.releasedUpTo = Number.POSITIVE_INFINITY
  const snapshots = new Snapshots(fabric, REF)
  await until(async () => expect((await snapshots.head())?.pack).toBeGreaterThan(20))
})

test('a snapshot that is longer than the log is refused: acked records are gone', async () => {
  const { fabric } = await freshFabric()
  const snapshots = new Snapshots(fabric, REF)
  const written = await snapshots.writePages(1, [], () => true)
  if (written === null) throw new Error('no pages')
  await snapshots.publishHead({ generation: 1, pack: 7, digest: 'AAAAAAAAAAAAAAAAAAAAAA==' }, written)
  await expect(makeOwner(fabric).tenure.takeOver()).rejects.toThrow(LogDamage)
})

test('a newest pack that is not the one its snapshot covers is refused', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  await tenure.drain()
  const snapshots = new Snapshots(fabric, REF)
  const written = await snapshots.writePages(1, [], () => true)
  if (written === null) throw new Error('no pages')
  await snapshots.publishHead({ generation: 1, pack: 1, digest: 'AAAAAAAAAAAAAAAAAAAAAA==' }, written)
  await expect(makeOwner(fabric).tenure.takeOver()).rejects.toThrow(
    /isn't the one that (its snapshot covers|was acked)/,
  )
})

test('an owner that was frozen over its snapshot puts nothing over a newer one', async () => {
  const { fabric } = await freshFabric()
  const snapshots = new Snapshots(fabric, REF)
  const digest = 'AAAAAAAAAAAAAAAAAAAAAA=='
  const stale = await snapshots.writePages(1, ['stale'], () => true)
  const fresh = await snapshots.writePages(2, ['fresh'], () => true)
  if (stale === null || fresh === null) throw new Error('no pages')
  await snapshots.publishHead({ generation: 2, pack: 9, digest }, fresh)
  await expect(snapshots.publishHead({ generation: 1, pack: 5, digest }, stale)).rejects.toThrow()
  await expect(snapshots.writePages(1, ['late'], () => true)).rejects.toThrow(/newer owner/)
  const head = await snapshots.head()
  if (head === null) throw new Error('no head')
  for await (const entry of snapshots.entries(head)) expect(entry).toBe('fresh')
})

test('a part is written once, stays while a snapshot names it, and is gone after', async () => {
  const { fabric } = await freshFabric()
  const snapshots = new Snapshots(fabric, REF)
  const digest = 'AAAAAAAAAAAAAAAAAAAAAA=='
  const take = async (generation: number, entries: readonly unknown[], by = snapshots) => {
    const written = await by.writePages(generation, entries, () => true)
    if (written === null) throw new Error('no pages')
    await by.publishHead({ generation, pack: generation, digest }, written)
  }
  const parts = async () => {
    const { state } = await fabric.jsm.streams.info(streams.snapshots(REF.region), {
      subjects_filter: `${REF.region}.snapshot.*.*.part.>`,
    })
    return { names: Object.keys(state.subjects ?? {}).length, last: state.last_seq }
  }
  const read = async (by: Snapshots) => {
    const head = await by.head()
    if (head === null) throw new Error('no head')
    const entries: unknown[] = []
    for await (const entry of by.entries(head)) entries.push(entry)
    return entries
  }
  const [one, two, three] = ['one', 'two', 'three'].map((id) => new SnapshotPart(id, { id }))
  await take(1, [one, 'a', two])
  expect(await read(snapshots)).toEqual([{ id: 'one' }, { id: 'two' }, 'a'])
  const { last } = await parts()
  await take(2, [one, 'b', two])
  expect((await parts()).last, 'a page and a head, and no part again').toBe(last + 2)

  // The next owner reads them, and then need not write them either.
  const heir = new Snapshots(fabric, REF)
  expect(await read(heir)).toEqual([{ id: 'one' }, { id: 'two' }, 'b'])
  await take(3, [two, 'c', three], heir)
  expect((await parts()).names, 'one of them is named no more').toBe(2)
  expect(await read(new Snapshots(fabric, REF))).toEqual([{ id: 'two' }, { id: 'three' }, 'c'])
})
