import { expect, test } from 'vitest'
import type { PartitionHost } from '../../shared/fabric/partition-log/host.ts'
import type { Write } from './ledger.ts'
import { connect, freshFabric, logged, REF, startHost, until, writeThrough } from './support.ts'

const PARTITIONS = 4
const all = Array.from({ length: PARTITIONS }, (_, i) => i)
const held = (host: PartitionHost<Write>) => all.filter((partition) => host.tenure(partition) !== undefined)

test('workers share the partitions: one that joins gets its part, one that drains hands over at once', async () => {
  const { nats, fabric } = await freshFabric({ partitions: { log: PARTITIONS, sync: 1 } })
  const first = await startHost(fabric, 'first', PARTITIONS)
  await until(() => expect(held(first)).toEqual(all))
  for (const partition of all) await writeThrough([first], partition, partition)

  const second = await startHost(await connect(nats.fabric), 'second', PARTITIONS)
  await until(() => {
    expect(held(first)).toHaveLength(2)
    expect(held(second)).toHaveLength(2)
  })
  for (const partition of all) await writeThrough([first, second], partition, 10 + partition)

  const drainedAt = performance.now()
  await first.drain()
  await until(() => expect(held(second)).toEqual(all))
  expect(performance.now() - drainedAt, 'sooner than any lease runs out').toBeLessThan(2_000)
  for (const partition of all) {
    await writeThrough([second], partition, 20 + partition)
    const stands = await logged(fabric, { ...REF, partition })
    expect(stands).toEqual([partition, 10 + partition, 20 + partition])
  }
})

test('NATS killed with -9 and started again: service resumes by itself, and owners are still made known', async () => {
  const { nats, fabric } = await freshFabric()
  const host = await startHost(fabric, 'owner', 1)
  await writeThrough([host], 0, 1)
  for (let kill = 0; kill < 2; kill++) {
    await nats.kill()
    await nats.restart()
    const restartedAt = performance.now()
    await writeThrough([host], 0, 2 + kill)
    expect(performance.now() - restartedAt).toBeLessThan(5_000)
  }
  // A worker that joins after the restart is seen: the watch on the workers lives on.
  const second = await startHost(await connect(nats.fabric), 'second', 1)
  await host.drain()
  await writeThrough([second], 0, 9)
  expect(await logged(fabric)).toEqual([1, 2, 3, 9])
})

test('an owner whose event loop stands still for half a second at a time keeps its lease', async () => {
  const { fabric } = await freshFabric()
  const host = await startHost(fabric, 'busy', 1)
  await until(() => expect(host.tenure(0)).toBeDefined())
  const before = host.tenure(0)
  for (let stall = 0; stall < 6; stall++) {
    const end = performance.now() + 500
    while (performance.now() < end);
    await new Promise((resolve) => setImmediate(resolve))
  }
  await writeThrough([host], 0, 1)
  expect(host.tenure(0)).toBe(before)
})
