import type { NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestNats, type TestNats } from '../../test/support/nats.ts'
import { createLog } from '../log/log.ts'
import { connectFabric, type Fabric } from './connection.ts'

let nats: TestNats
let here: Fabric
let there: Fabric
const log = createLog('test', 'silent')

beforeAll(async () => {
  nats = await startTestNats()
  ;[here, there] = await Promise.all([
    connectFabric(nats.fabric, 'here', log),
    connectFabric(nats.fabric, 'there', log),
  ])
})
afterAll(async () => {
  await Promise.all([here.close(), there.close()])
  await nats.stop()
})

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
/** Everything that was sent before has been routed. */
const routed = async (...connections: NatsConnection[]) => {
  for (const nc of connections) await nc.flush()
  await new Promise((resolve) => setImmediate(resolve))
}

test('a listener hears this process without NATS, others through it, each in order', async () => {
  const heard: string[] = []
  const stop = here.post.listen('a.b', log, (bytes) => void heard.push(text(bytes)))
  await routed(here.nc)
  const before = here.nc.stats().outMsgs
  for (let n = 0; n < 100; n++) here.post.send('a.b', Buffer.from(`h${n}`))
  expect(heard).toEqual([])
  await routed(here.nc)
  expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => `h${n}`))
  expect(here.nc.stats().outMsgs).toBe(before)
  for (let n = 0; n < 100; n++) there.post.send('a.b', Buffer.from(`t${n}`))
  await routed(there.nc, here.nc)
  expect(heard.slice(100)).toEqual(Array.from({ length: 100 }, (_, n) => `t${n}`))
  stop()
  await routed(here.nc)
  here.post.send('a.b', Buffer.from('gone'))
  there.post.send('a.b', Buffer.from('gone'))
  await routed(there.nc, here.nc)
  expect(heard).toHaveLength(200)
})

test('one that fails on a message hears the next; what is under way to one that stopped is gone', async () => {
  const heard: string[] = []
  const stop = here.post.listen('c.d', log, (bytes) => {
    if (text(bytes) === 'bad') throw new Error('not read')
    heard.push(text(bytes))
  })
  here.post.send('c.d', Buffer.from('bad'))
  here.post.send('c.d', Buffer.from('good'))
  await routed(here.nc)
  expect(heard).toEqual(['good'])
  here.post.send('c.d', Buffer.from('late'))
  stop()
  await routed(here.nc)
  expect(heard).toEqual(['good'])
})

test('who follows hears what is published, and takes nothing from the listener', async () => {
  const heard: string[] = []
  const stops = [
    here.post.follow('e.f', log, (bytes) => void heard.push(`1 ${text(bytes)}`)),
    here.post.follow('e.f', log, (bytes) => void heard.push(`2 ${text(bytes)}`)),
  ]
  await routed(here.nc)
  here.nc.publish('e.f', 'x')
  await routed(here.nc)
  expect(heard.toSorted()).toEqual(['1 x', '2 x'])
  for (const stop of stops) stop()
})
