import { AckPolicy } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { expect, test } from 'vitest'
import { PackStream } from '../../shared/fabric/partition-log/pack-stream.ts'
import { buckets } from '../../shared/fabric/registry.ts'
import {
  ensureFabric,
  LEASE_TTL_MS,
  PROJECTION,
  PROJECTION_AHEAD_PACKS,
  SetupRefused,
} from '../../shared/fabric/setup.ts'
import { connect, freshFabric, log, logged, REF, setup, takenOver, write } from './support.ts'

test('setting up twice, or by many at once, is harmless; settings are brought up to date', async () => {
  const { nats, fabric } = await freshFabric()
  const { tenure } = await takenOver(fabric)
  expect(await write(tenure, 1)).toBe('committed')
  const others = await Promise.all([connect(nats.fabric), connect(nats.fabric), connect(nats.fabric)])
  await Promise.all(others.map((other) => ensureFabric(other, { ...setup, streamMaxBytes: 5_000_000 }, log)))
  const { config } = await fabric.jsm.streams.info('LOG-test-0')
  expect(config).toMatchObject({ max_bytes: 5_000_000, deny_delete: true, discard: 'new', max_age: 0 })
  expect(await logged(fabric)).toEqual([1])
})

test('a projection that was made with other settings gets the present ones, and keeps its place', async () => {
  const { fabric } = await freshFabric()
  await fabric.jsm.consumers.delete('LOG-test-0', PROJECTION)
  const older = { durable_name: PROJECTION, ack_policy: AckPolicy.All, ack_wait: 30_000_000_000 }
  const before = await fabric.jsm.consumers.add('LOG-test-0', { ...older, max_ack_pending: 256 })
  await ensureFabric(fabric, setup, log)
  const after = await fabric.jsm.consumers.info('LOG-test-0', PROJECTION)
  expect(after.config.max_ack_pending).toBe(PROJECTION_AHEAD_PACKS)
  expect(after.created).toBe(before.created)
})

test('a fabric that many make at once with different counts is made once, and the others are refused', async () => {
  const { nats, fabric } = await freshFabric()
  const inRegion = (await Promise.all([1, 2, 3].map(() => connect(nats.fabric)))).map((other) => ({
    ...other,
    region: 'young',
  }))
  const outcomes = await Promise.allSettled(
    inRegion.map((other, i) => ensureFabric(other, { ...setup, partitions: { log: i + 1, sync: 1 } }, log)),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SetupRefused)
  expect(fabric.connected()).toBe(true)
})

test('a changed count, a stream that is gone, and a slot table that is gone are refused', async () => {
  const { fabric } = await freshFabric()
  const changed = ensureFabric(fabric, { ...setup, partitions: { log: 2, sync: 1 } }, log)
  await expect(changed).rejects.toThrow(/WEFT_LOG_PARTITIONS/)
  await fabric.jsm.streams.delete('SYNC-test-0')
  await expect(ensureFabric(fabric, setup, log)).rejects.toThrow(/SYNC-test-0 existed and is gone/)
  await expect(fabric.jsm.streams.info('SYNC-test-0'), 'and not made anew').rejects.toThrow()

  expect(await new PackStream(fabric, REF).publish(Buffer.from('x'), 0, 1_000)).toEqual({ kind: 'written' })
  await fabric.jsm.streams.delete(`KV_${buckets.meta('test')}`)
  await expect(ensureFabric(fabric, setup, log)).rejects.toThrow(/slot table .* is gone/)
})

test('buckets made with other settings get the present ones and keep what they hold', async () => {
  const { fabric } = await freshFabric()
  const young = { ...fabric, region: 'older' }
  const kvm = new Kvm(fabric.js)
  const leases = await kvm.create(buckets.leases('older'), { ttl: 60_000, history: 1 })
  const keys = await kvm.create(buckets.keys('older'), { ttl: 90_000, history: 1 })
  await keys.put('shard', 'kept')
  await ensureFabric(young, setup, log)
  const settings = async (name: string) => (await fabric.jsm.streams.info(`KV_${name}`)).config
  expect((await settings(buckets.leases('older'))).max_age).toBe(LEASE_TTL_MS * 1_000_000)
  expect((await settings(buckets.leases('older'))).max_msgs_per_subject).toBe(1)
  expect((await settings(buckets.keys('older'))).max_age, 'keys never run out').toBe(0)
  expect((await keys.get('shard'))?.string()).toBe('kept')
  await leases.create('log.0', 'works')
})
