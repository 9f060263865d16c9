import { jetstream } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { callAt, jsonCall, SILENT, serve } from '../../shared/fabric/call.ts'
import { Directory } from '../../shared/fabric/directory.ts'
import { buckets, subjects } from '../../shared/fabric/registry.ts'
import { WeftError } from '../../shared/protocol/errors.ts'
import { connect, freshFabric, log, REF, until, workerId } from './support.ts'

const shape = z.object({ n: z.number() })
const ask = jsonCall('ask', shape, shape, { idempotent: true })
const act = jsonCall('act', shape, shape, { idempotent: false })
const SUBJECT = 'test.call.here'
const here = () => SUBJECT

test('an answer, an error and a trace come through; a request of the wrong shape is named', async () => {
  const { fabric } = await freshFabric()
  const traces: (string | undefined)[] = []
  serve(fabric, log, ask, SUBJECT, ({ n }, { trace }) => {
    traces.push(trace)
    if (n < 0) throw new WeftError('rate_limited', 'slower', { retryAfter: 7 })
    if (n > 100) throw new Error('secret inside')
    return { n: n + 1 }
  })
  const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  expect(await callAt(fabric, ask, here, { n: 1 }, { trace })).toEqual({ n: 2 })
  expect(traces[0]).toMatch(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`))
  expect(traces[0], 'a hop of its own').not.toContain('b'.repeat(16))
  await expect(callAt(fabric, ask, here, { n: -1 })).rejects.toMatchObject({
    code: 'rate_limited',
    retryAfter: 7,
  })
  const unforeseen = await callAt(fabric, ask, here, { n: 101 }).catch((error: unknown) => error)
  expect(unforeseen).toMatchObject({ code: 'unavailable' })
  expect(String(unforeseen)).not.toContain('secret')
  const wrong = { ...ask, encodeRequest: () => Buffer.from('{"n":"one"}') }
  await expect(callAt(fabric, wrong, here, { n: 1 })).rejects.toMatchObject({ code: 'bad_frame' })
})

test('silence: only what is idempotent is sent again, and the deadline holds', async () => {
  const { fabric } = await freshFabric()
  let heard = 0
  const silentOnce = ({ n }: { n: number }) => (++heard === 1 ? SILENT : { n })
  const stop = serve(fabric, log, ask, SUBJECT, silentOnce)
  expect(await callAt(fabric, ask, here, { n: 1 })).toEqual({ n: 1 })
  expect(heard).toBe(2)
  stop()
  let acts = 0
  serve(fabric, log, act, SUBJECT, () => {
    acts++
    return SILENT
  })
  const started = performance.now()
  const failure = callAt(fabric, act, here, { n: 1 }, { deadlineMs: 300 })
  await expect(failure).rejects.toMatchObject({ code: 'unavailable' })
  expect(performance.now() - started).toBeLessThan(600)
  expect(acts, 'not repeated: it may have been done').toBe(1)
})

test('nobody listens: even what is not idempotent goes again, and arrives once somebody does', async () => {
  const { fabric } = await freshFabric()
  const failure = callAt(fabric, act, here, { n: 1 }, { deadlineMs: 150 })
  await expect(failure).rejects.toMatchObject({ code: 'unavailable' })
  const answer = callAt(fabric, act, here, { n: 2 })
  serve(fabric, log, act, SUBJECT, ({ n }) => ({ n }))
  expect(await answer).toEqual({ n: 2 })
})

test('the owner changes in the middle of a call: the new one is asked, also after NATS was restarted', async () => {
  const { nats, fabric } = await freshFabric()
  const other = await connect(nats.fabric)
  const directory = await Directory.open(fabric, log)
  onTestFinished(() => directory.close())
  // One that went into a dying connection is sent again soon.
  const leases = await new Kvm(jetstream(other.nc, { timeout: 300 })).open(buckets.leases('test'))
  const announce = (term: number) =>
    leases.put('log.0', JSON.stringify({ worker: workerId('w'), term, state: 'active' }))
  let askedOld = 0
  serve(other, log, ask, subjects.ownerCall(REF, 1, 'ask'), () => {
    askedOld++
    return SILENT
  })
  serve(other, log, ask, subjects.ownerCall(REF, 2, 'ask'), () => ({ n: 2 }))
  serve(other, log, ask, subjects.ownerCall(REF, 3, 'ask'), () => ({ n: 3 }))
  const answer = directory.callPartition(ask, 'log', 0, { n: 0 })
  await announce(1)
  await until(() => expect(askedOld).toBe(1))
  await announce(2)
  expect(await answer).toEqual({ n: 2 })

  await nats.kill()
  await nats.restart()
  await until(() => announce(3))
  await until(() => expect(directory.term('log', 0)).toBe(3), 3_000)
  expect(await directory.callPartition(ask, 'log', 0, { n: 0 })).toEqual({ n: 3 })
  await announce(2)
  await until(async () => expect((await leases.get('log.0'))?.json()).toMatchObject({ term: 2 }))
  expect(directory.term('log', 0), 'an older term is never believed').toBe(3)
})
