import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Spoiler } from '../../sdk/test/spoiler.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { join, seqs, stopAll, texts, told, upTo } from './sdk-support.ts'

/** One conversation over three transports, on the whole of Weft, with a proxy between that spoils them one by one. */

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let spoiler: Spoiler
beforeAll(async () => {
  folder = await temporaryFolder('sdk-transports')
  weft = await startWeft(folder.path)
  spoiler = await Spoiler.start(weft.url)
})
afterEach(stopAll)
afterAll(async () => {
  await spoiler.stop()
  await weft.stop()
  await folder.remove()
})

test('WebSockets break, then streams are held back, then all is well again: one cursor, no gap, nothing twice', {
  timeout: 60_000,
}, async () => {
  const limits = { fallbackTimeoutMs: 2_000, climbMs: 1_000, climbMaxMs: 2_000 }
  const [ada, bob] = await Promise.all([join(spoiler.url, 'ada', { limits }), join(weft.url, 'bob')])
  const { id } = await ada.client.channels.createDirect(bob.id)
  const over = () => (ada.client.state.status === 'live' ? ada.client.state.transport : undefined)
  const acks: Promise<{ seq: number }>[] = []
  const talk = setInterval(() => {
    const sender = acks.length % 2 === 0 ? ada : bob
    acks.push(sender.client.send(id, `line ${acks.length}`).acked)
  }, 20)
  try {
    expect(over()).toBe('websocket')
    spoiler.ws = 'refuse'
    spoiler.cut()
    await until(() => over() === 'sse', 'Ada is there by a stream')
    spoiler.sse = 'buffer'
    spoiler.cutStreams()
    await until(() => over() === 'poll', 'Ada is there by polls')
    spoiler.sse = 'pass'
    spoiler.ws = 'pass'
    await until(() => over() === 'websocket', 'Ada is there by a WebSocket again')
  } finally {
    clearInterval(talk)
  }
  const count = acks.length
  expect(seqs(await Promise.all(acks)).sort((a, b) => a - b)).toEqual(upTo(count))
  await Promise.all([told(ada, count), told(bob, count)])
  expect(seqs(ada.told)).toEqual(upTo(count))
  expect(texts(ada.told)).toEqual(texts(bob.told))
  expect([...ada.problems, ...bob.problems]).toEqual([])
})
