import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off', WEFT_EDGE_OPEN_CHANNELS: '3' })
})
afterAll(async () => bench.stop())

async function create(owner: string, kind: string, members: string[]): Promise<string> {
  const { status, body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(owner),
    body: { kind, name: 'Tea', members },
  })
  expect(status).toBe(201)
  return (body['channel'] as { id: string }).id
}
const hello = (user: string, device = 'pc') => RawClient.hello(bench.ws, { token: token(user), device })
const isLive = (frame: Frame) => frame.t === 'event' && frame['cursor'] === undefined
const eventOf = (frame: Frame) => frame['event'] as Record<string, unknown>
const messages = (client: RawClient, live: boolean) =>
  client.frames.filter(
    (frame) => frame.t === 'event' && isLive(frame) === live && eventOf(frame)['kind'] === 'message',
  )
let cid = 0
const say = (client: RawClient, channel: string, more: object = {}) =>
  client.ask({ t: 'send', channel, cid: `c${++cid}`, body: `m${cid}`, ...more })

test('a broadcast channel: who opens it hears what is said, nobody else, and its sender by their queue', async () => {
  const channel = await create('ann', 'broadcast', ['bob', 'cyd', 'dan'])
  const [ann, bob, cyd] = await Promise.all([hello('ann'), hello('bob'), hello('cyd')])
  await say(ann, channel)
  const view = await http(bench.url, 'GET', `/v1/channels/${channel}`, { token: token('bob') })
  expect(view.body['channel']).toMatchObject({ kind: 'broadcast', fanout: 'read', head: 1, unread: 1 })
  expect(await bob.ask({ t: 'open', channel, after: 0 })).toMatchObject({ t: 'ok', seq: 1, rev: 2 })
  await say(ann, channel)
  await say(ann, channel, { mentions: ['cyd'] })
  await bob.next((frame) => isLive(frame) && eventOf(frame)['seq'] === 3)
  expect(
    messages(bob, true).map((frame) => [frame['rev'], eventOf(frame)['seq'], eventOf(frame)['rev']]),
  ).toEqual([
    [2, 1, 2],
    [3, 2, 3],
    [4, 3, 4],
  ])
  const mention = await cyd.next((frame) => frame.t === 'event' && eventOf(frame)['kind'] === 'message')
  expect(mention).toMatchObject({ cursor: expect.any(String), event: { seq: 3, mentions: ['cyd'] } })
  await ann.next((frame) => frame.t === 'event' && eventOf(frame)['seq'] === 3)
  expect(messages(ann, false).map((frame) => eventOf(frame)['seq'])).toEqual([1, 2, 3])
  expect(messages(bob, false)).toEqual([])
  expect(messages(cyd, false)).toHaveLength(1)
  expect(await say(bob, channel)).toMatchObject({ t: 'error', code: 'forbidden' })
  expect(await bob.ask({ t: 'close', channel })).toMatchObject({ t: 'ok' })
  await say(ann, channel)
  expect(await bob.ask({ t: 'open', channel, after_rev: 4 })).toMatchObject({ seq: 4, rev: 5 })
  await bob.next((frame) => isLive(frame) && eventOf(frame)['seq'] === 4)
  expect(messages(bob, true)).toHaveLength(4)
  for (const client of [ann, bob, cyd]) client.close()
})

test('any channel can be opened: live events beside those of the queue', async () => {
  const channel = await create('eva', 'group', ['fay'])
  const [eva, fay] = await Promise.all([hello('eva'), hello('fay')])
  await say(eva, channel)
  expect(await fay.ask({ t: 'open', channel, after: 0 })).toMatchObject({ t: 'ok', seq: 1 })
  await say(eva, channel)
  await fay.next((frame) => isLive(frame) && eventOf(frame)['seq'] === 2)
  await fay.next(
    (frame) => frame['cursor'] !== undefined && frame.t === 'event' && eventOf(frame)['seq'] === 2,
  )
  expect(messages(fay, true).map((frame) => eventOf(frame)['seq'])).toEqual([1, 2])
  for (const client of [eva, fay]) client.close()
})

test('who is removed hears that last, and may not open again', async () => {
  const channel = await create('gil', 'broadcast', ['hal', 'ivy'])
  const [gil, hal, ivy] = await Promise.all([hello('gil'), hello('hal'), hello('ivy')])
  for (const client of [hal, ivy]) expect(await client.ask({ t: 'open', channel })).toMatchObject({ t: 'ok' })
  const { status } = await http(bench.url, 'DELETE', `/v1/channels/${channel}/members/hal`, {
    token: token('gil'),
  })
  expect(status).toBe(204)
  await hal.next((frame) => isLive(frame) && eventOf(frame)['change'] === 'removed')
  await say(gil, channel)
  await ivy.next((frame) => isLive(frame) && eventOf(frame)['seq'] === 1)
  expect(await hal.ask({ t: 'open', channel })).toMatchObject({ t: 'error', code: 'forbidden' })
  expect(messages(hal, true)).toEqual([])
  for (const client of [gil, hal, ivy]) client.close()
})

test('bad opens get errors that name what is wrong', async () => {
  const channel = await create('jon', 'broadcast', ['kit'])
  const [jon, kit, lea] = await Promise.all([hello('jon'), hello('kit'), hello('lea')])
  await say(jon, channel)
  expect(await lea.ask({ t: 'open', channel })).toMatchObject({ t: 'error', code: 'not_found' })
  expect(await kit.ask({ t: 'open', channel, after: 2 })).toMatchObject({
    code: 'bad_frame',
    message: "after: the channel's newest message is 1",
  })
  expect(await kit.ask({ t: 'open', channel, after_rev: 9 })).toMatchObject({
    code: 'bad_frame',
    message: "after_rev: the channel's newest record is 2",
  })
  expect(await kit.ask({ t: 'close', channel })).toMatchObject({ t: 'error', code: 'not_found' })
  // Twice: the second begins anew, and what comes live comes once.
  for (const after of [0, 0]) expect(await kit.ask({ t: 'open', channel, after })).toMatchObject({ t: 'ok' })
  await say(jon, channel)
  await kit.next((frame) => isLive(frame) && eventOf(frame)['seq'] === 2)
  await kit.ask({ t: 'ping' })
  expect(messages(kit, true).map((frame) => eventOf(frame)['seq'])).toEqual([1, 1, 2])
  const more = await Promise.all([1, 2, 3].map(() => create('kit', 'broadcast', [])))
  const answers = await Promise.all(more.map((id) => kit.ask({ t: 'open', channel: id })))
  expect(answers.map((frame) => frame['code'] ?? frame.t)).toEqual(['ok', 'ok', 'too_large'])
  for (const client of [jon, kit, lea]) client.close()
})

test('a reader that never reads is closed, and the others hear everything', async () => {
  const channel = await create('max', 'broadcast', ['ned', 'oda'])
  const [max, ned, oda] = await Promise.all([hello('max'), hello('ned'), hello('oda')])
  for (const client of [ned, oda]) expect(await client.ask({ t: 'open', channel })).toMatchObject({ t: 'ok' })
  ned.pauseReading()
  const body = 'x'.repeat(15_000)
  const count = 600
  for (let from = 0; from < count; from += 50)
    await Promise.all(Array.from({ length: 50 }, () => say(max, channel, { body })))
  await oda.next((frame) => isLive(frame) && eventOf(frame)['seq'] === count)
  expect(messages(oda, true)).toHaveLength(count)
  ned.resumeReading()
  expect(await ned.closed).toBe(1013)
  for (const client of [max, oda]) client.close()
})
