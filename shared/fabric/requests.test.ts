import { headers } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestNats, type TestNats } from '../../test/support/nats.ts'
import { createLog } from '../log/log.ts'
import { connectFabric, type Fabric } from './connection.ts'

let nats: TestNats
let fabric: Fabric

beforeAll(async () => {
  nats = await startTestNats()
  fabric = await connectFabric(nats.fabric, 'test', createLog('test', 'silent'))
})
afterAll(async () => {
  await fabric.close()
  await nats.stop()
})

const ask = (subject: string, text: string, timeoutMs = 10_000) =>
  fabric.requests.request(subject, Buffer.from(text), headers(), timeoutMs)
const textOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  typeof answer === 'string' ? `why: ${answer}` : answer.string()

test('each request gets its own answer, whatever their order', async () => {
  const waiting: (() => void)[] = []
  const echo = fabric.nc.subscribe('echo', {
    callback: (_, message) => {
      waiting.push(() => message.respond(message.data))
      if (waiting.length === 3) for (const respond of waiting.reverse()) respond()
    },
  })
  const answers = await Promise.all([ask('echo', 'a'), ask('echo', 'b'), ask('echo', 'c')])
  expect(answers.map(textOf)).toEqual(['a', 'b', 'c'])
  echo.unsubscribe()
})

test('it is told at once that nobody listens, and in time that nobody answers', async () => {
  expect(textOf(await ask('nobody', 'x'))).toBe('why: nobody listens')
  const silent = fabric.nc.subscribe('silent', { callback: () => {} })
  expect(textOf(await ask('silent', 'x', 20))).toBe('why: no answer in time')
  silent.unsubscribe()
})
