import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

async function create(owner: string, members: string[]): Promise<string> {
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(owner),
    body: { kind: 'broadcast', name: 'News', members },
  })
  return (body['channel'] as { id: string }).id
}
const hello = (user: string, cursor?: string) =>
  RawClient.hello(bench.ws, {
    token: token(user),
    device: 'pc',
    ...(cursor === undefined ? {} : { cursor }),
  })
const eventOf = (frame: Frame) => frame['event'] as Record<string, unknown>
const isHead = (frame: Frame, channel: string) =>
  frame.t === 'event' && eventOf(frame)['kind'] === 'head' && eventOf(frame)['channel'] === channel
const heads = (client: RawClient, channel: string) =>
  client.frames.filter((frame) => isHead(frame, channel)).map((frame) => eventOf(frame)['seq'])
let cid = 0
const say = (client: RawClient, channel: string, more: object = {}) =>
  client.ask({ t: 'send', channel, cid: `c${++cid}`, body: `m${cid}`, ...more })
const cursorOf = (client: RawClient) =>
  String(client.frames.findLast((frame) => typeof frame['cursor'] === 'string')?.['cursor'])

test('members hear of a new head once a second at most, and of the newest in the end', async () => {
  const channel = await create('ann', ['bob'])
  const [ann, bob] = await Promise.all([hello('ann'), hello('bob')])
  const started = performance.now()
  let sent = 0
  while (performance.now() - started < 2_500) {
    await say(ann, channel)
    sent++
  }
  const last = await bob.next((frame) => isHead(frame, channel) && eventOf(frame)['seq'] === sent)
  expect(last).toEqual({ t: 'event', event: { kind: 'head', channel, seq: sent, rev: sent + 1 } })
  const seconds = (performance.now() - started) / 1_000
  expect(heads(bob, channel).length).toBeGreaterThanOrEqual(2)
  expect(heads(bob, channel).length).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
  for (const client of [ann, bob]) client.close()
})

test('hello names the heads that moved since the cursor, before synced, also after a take-over of the LOG', async () => {
  const [moved, still] = [await create('cyd', ['dan']), await create('cyd', ['dan'])]
  const [cyd, dan] = await Promise.all([hello('cyd'), hello('dan')])
  for (const channel of [moved, still]) {
    await say(cyd, channel)
    await dan.next((frame) => isHead(frame, channel))
  }
  // Something of its own in the queue, after both heads.
  await say(cyd, still, { mentions: ['dan'] })
  await dan.next((frame) => frame.t === 'event' && eventOf(frame)['kind'] === 'message')
  await dan.next((frame) => isHead(frame, still) && eventOf(frame)['seq'] === 2)
  await say(cyd, moved, { mentions: ['dan'] })
  await dan.next(
    (frame) =>
      frame['cursor'] !== undefined && eventOf(frame)?.['channel'] === moved && eventOf(frame)['seq'] === 2,
  )
  await dan.next((frame) => isHead(frame, moved) && eventOf(frame)['seq'] === 2)
  await say(cyd, still, { mentions: ['dan'] })
  await dan.next(
    (frame) =>
      frame['cursor'] !== undefined && eventOf(frame)?.['channel'] === still && eventOf(frame)['seq'] === 3,
  )
  await dan.next((frame) => isHead(frame, still) && eventOf(frame)['seq'] === 3)
  await say(cyd, moved, { mentions: ['dan'] })
  await dan.next(
    (frame) =>
      frame['cursor'] !== undefined && eventOf(frame)?.['channel'] === moved && eventOf(frame)['seq'] === 3,
  )
  const cursor = cursorOf(dan)
  dan.close()
  await dan.closed
  await say(cyd, moved, { mention_all: 'channel' })
  await bench.replaceChat()
  // An observer of the same partition's marks: cyd hears of the head, so dan's partition may, too.
  await cyd.next((frame) => isHead(frame, moved) && eventOf(frame)['seq'] === 4)
  const again = await hello('dan', cursor)
  await again.next(({ t }) => t === 'synced')
  const named = again.frames.filter((frame) => frame.t === 'event' && eventOf(frame)['kind'] === 'head')
  expect(named.filter((frame) => isHead(frame, moved))).toEqual([
    { t: 'event', event: { kind: 'head', channel: moved, seq: 4, rev: 5, mention_all: 'channel' } },
  ])
  expect(heads(again, still)).toEqual([])
  for (const client of [cyd, again]) client.close()
})
