import { expect, test } from 'vitest'
import { MAX_RECORD_BYTES } from '../../shared/fabric/partition-log/machine.ts'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { freshFabric, logged, REF, takenOver, write } from './support.ts'

test('a thousand records in flight become a handful of commits', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  const values = Array.from({ length: 1_000 }, (_, i) => i)
  const first = write(tenure, 0)
  // What arrives while the first commit is in flight waits for it, and goes together.
  await new Promise((resolve) => setImmediate(resolve))
  const outcomes = await Promise.all([first, ...values.slice(1).map((value) => write(tenure, value))])
  expect(new Set(outcomes)).toEqual(new Set(['committed']))
  expect(await logged(fabric)).toEqual(values)
  const packs = (await new PackStream(fabric, REF).last())?.sequence ?? 0
  // The take-over pack, the first alone, the rest.
  expect(packs).toBeLessThanOrEqual(4)
  await tenure.drain()
})

test('a pack is cut before it grows past what one message may hold', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => write(tenure, i, 60_000)))
  expect(new Set(outcomes)).toEqual(new Set(['committed']))
  expect(await logged(fabric)).toEqual(Array.from({ length: 40 }, (_, i) => i))
})

test('the largest record there may be fits behind whatever a pack has taken', async () => {
  const { fabric } = await freshFabric()
  for (let before = 1; before <= 10; before++) {
    const { tenure } = await takenOver(fabric)
    const paddings = [...Array.from({ length: before }, () => 40_000), MAX_RECORD_BYTES - 4]
    const outcomes = await Promise.all(paddings.map((padding, i) => write(tenure, i, padding)))
    expect(new Set(outcomes), `behind ${before}`).toEqual(new Set(['committed']))
    await tenure.drain()
  }
})

test('who would wait too long for a commit is refused at once; what waits already is committed', async () => {
  const { fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric, { limits: { maxWaitMs: 1 } })
  // No pace is known yet, so all of these may wait.
  const waiting = Array.from({ length: 200 }, (_, i) => write(tenure, i, 60_000))
  await waiting[20]
  expect(await write(tenure, 999)).toMatchObject({ code: 'unavailable' })
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['committed']))
  expect(await write(tenure, 1_000)).toBe('committed')
  expect(await logged(fabric)).toEqual([...Array.from({ length: 200 }, (_, i) => i), 1_000])
  await tenure.drain()
})
