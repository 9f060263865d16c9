import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench
let elsewhere: string
const TYPING_MS = 400

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_TYPING_MS: String(TYPING_MS), WEFT_EDGE_TYPING_BURST: '10' })
  const other = await bench.startEdge()
  elsewhere = `${other.url.replace('http', 'ws')}/v1/ws`
})
afterAll(async () => bench.stop())

const hello = (user: string, device = 'pc', ws = bench.ws) =>
  RawClient.hello(ws, { token: token(user), device })
async function group(by: string, members: string[]): Promise<string> {
  const { status, body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(by),
    body: { kind: 'group', name: 'Tea', members },
  })
  expect(status).toBe(201)
  return (body['channel'] as { id: string }).id
}
type Typing = { kind: string; channel: string; user: string; on: boolean }
const typingIn = (frame: Frame): Typing | null => {
  const event = frame['event'] as Typing | undefined
  return event?.kind === 'typing' ? event : null
}
const heard = (client: RawClient, on: boolean, from = 0) =>
  client.next((frame) => typingIn(frame)?.on === on, from)
const signs = (client: RawClient) => client.frames.flatMap((frame) => typingIn(frame)?.on ?? [])
const live = async (client: RawClient) => {
  await client.next(({ t }) => t === 'synced')
  return client
}
/** Everything that was under way to the client before this has come: it is sent a message and waits for it. */
async function afterMessage(
  writer: RawClient,
  channel: string,
  reader: RawClient,
  cid: string,
): Promise<void> {
  await writer.ask({ t: 'send', channel, cid, body: 'hi' })
  await reader.next((frame) => (frame['event'] as { cid?: string } | undefined)?.cid === cid)
}

test('who types is told to the other members, on every edge, without a cursor, and to nobody else', async () => {
  const channel = await group('ann', ['bob', 'cat'])
  const [ann, tablet, eve] = [await hello('ann'), await hello('ann', 'tablet'), await hello('eve')]
  const [bob, cat] = [await live(await hello('bob')), await live(await hello('cat', 'pc', elsewhere))]
  ann.send({ t: 'typing', channel, on: true })
  for (const client of [bob, cat])
    expect(await heard(client, true)).toEqual({
      t: 'event',
      event: { kind: 'typing', channel, user: 'ann', on: true },
    })
  ann.send({ t: 'typing', channel, on: false })
  for (const client of [bob, cat]) expect(typingIn(await heard(client, false))).toMatchObject({ user: 'ann' })
  await afterMessage(bob, channel, tablet, 'm1')
  expect([...signs(ann), ...signs(tablet), ...signs(eve)]).toEqual([])
  for (const client of [ann, tablet, eve, bob, cat]) client.close()
})

test('it ends by itself, with the message, and with the connection', async () => {
  const channel = await group('dan', ['fay'])
  const fay = await live(await hello('fay'))
  const dan = await hello('dan')
  const ends = async (how: () => Promise<unknown> | void) => {
    const from = fay.frames.length
    dan.send({ t: 'typing', channel, on: true })
    await heard(fay, true, from)
    await how()
    await heard(fay, false, from)
  }
  await ends(() => undefined)
  await ends(() => dan.ask({ t: 'send', channel, cid: 'm1', body: 'there' }))
  await ends(() => dan.cut())
  fay.close()
})

test('repeats cost nothing, and it is said anew while they come', async () => {
  const channel = await group('gus', ['hal'])
  const [gus, hal] = [await hello('gus'), await live(await hello('hal'))]
  for (let i = 0; i < 200; i++) gus.send({ t: 'typing', channel, on: true })
  await heard(hal, true)
  const from = hal.frames.length
  const again = setInterval(() => gus.send({ t: 'typing', channel, on: true }), 20)
  await heard(hal, true, from)
  clearInterval(again)
  await heard(hal, false, from)
  expect(signs(hal).length).toBeLessThanOrEqual(4)
  for (const client of [gus, hal]) client.close()
})

test('a stranger is told so if they ask, and nobody else hears of it', async () => {
  const channel = await group('ivy', ['jon'])
  const [eve, ivy, jon] = [await hello('eve'), await hello('ivy'), await live(await hello('jon'))]
  eve.send({ t: 'typing', channel, on: true })
  expect(await eve.ask({ t: 'typing', channel: 'nowhere', on: true })).toMatchObject({
    t: 'error',
    code: 'not_found',
  })
  expect(await eve.ask({ t: 'typing', channel: 'nowhere', on: true })).toMatchObject({ code: 'not_found' })
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token('ivy'),
    body: { kind: 'broadcast', name: 'News', members: ['jon'] },
  })
  const news = (body['channel'] as { id: string }).id
  expect(await jon.ask({ t: 'typing', channel: news, on: true })).toMatchObject({ code: 'forbidden' })
  await afterMessage(ivy, channel, jon, 'm1')
  expect(signs(jon)).toEqual([])
  for (const client of [eve, ivy, jon]) client.close()
})

test('in a channel that is read, those are told who have it open', async () => {
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token('max'),
    body: { kind: 'broadcast', name: 'News', members: ['nia', 'ola'] },
  })
  const channel = (body['channel'] as { id: string }).id
  const [max, nia, ola] = [await hello('max'), await live(await hello('nia')), await live(await hello('ola'))]
  expect(await nia.ask({ t: 'open', channel })).toMatchObject({ t: 'ok' })
  max.send({ t: 'typing', channel, on: true })
  expect(await heard(nia, true)).toEqual({
    t: 'event',
    event: { kind: 'typing', channel, user: 'max', on: true },
  })
  const from = nia.frames.length
  await max.ask({ t: 'send', channel, cid: 'm1', body: 'news' })
  await heard(nia, false, from)
  await nia.next((frame) => (frame['event'] as { cid?: string } | undefined)?.cid === 'm1')
  expect(signs(ola)).toEqual([])
  for (const client of [max, nia, ola]) client.close()
})

test('a flood is dropped, with an error for those who ask, and its connection goes on', async () => {
  const channel = await group('kim', ['lea'])
  const [kim, lea] = [await hello('kim'), await live(await hello('lea'))]
  for (let i = 0; i < 1_000; i++) kim.send({ t: 'typing', channel, on: i % 2 === 0 })
  expect(await kim.ask({ t: 'typing', channel: 'another', on: true })).toMatchObject({
    t: 'error',
    code: 'rate_limited',
    retry_after: expect.any(Number),
  })
  await afterMessage(kim, channel, lea, 'm1')
  expect(signs(lea).length).toBeLessThanOrEqual(12)
  for (const client of [kim, lea]) client.close()
})
