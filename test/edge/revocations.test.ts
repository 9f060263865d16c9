import { afterAll, beforeAll, expect, test } from 'vitest'
import { Revocations } from '../../services/edge/auth/revocations.ts'
import { buckets } from '../../shared/fabric/registry.ts'
import { createLog } from '../../shared/log/log.ts'
import { type SessionId, trusted } from '../../shared/protocol/ids.ts'
import { until } from '../support/until.ts'
import { type EdgeBench, startEdgeBench } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

test('log-ins that were ended are known at start, and told of after NATS was away', async () => {
  const { fabric } = bench
  const bucket = await fabric.kvm.open(buckets.revoked(fabric.region))
  const isRevoked = (revocations: Revocations, family: string) =>
    revocations.isRevoked(trusted<SessionId>(family))
  const told: string[] = []
  const open = () =>
    Revocations.open(
      fabric,
      createLog('test', 'silent'),
      (family) => {
        told.push(family)
      },
      () => undefined,
    )
  const empty = await open()
  await bucket.put('before', '1')
  await until(() => isRevoked(empty, 'before'), 'the first is told')
  empty.close()

  const revocations = await open()
  expect(isRevoked(revocations, 'before')).toBe(true)
  // The bucket itself outlives the server; the watch, which lives in its memory alone, doesn't.
  await bench.nats.kill()
  await bench.nats.restart()
  await until(
    async () =>
      bucket.put('after', '1').then(
        () => true,
        () => false,
      ),
    'NATS is back',
  )
  await until(() => isRevoked(revocations, 'after'), 'the second is told')
  expect(told).toContain('after')
  expect(isRevoked(revocations, 'another')).toBe(false)
  revocations.close()
})
