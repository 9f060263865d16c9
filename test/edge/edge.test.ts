import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { until } from '../support/until.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

const hello = (user: string, device: string, cursor?: string, ws = bench.ws) =>
  RawClient.hello(ws, { token: token(user), device, ...(cursor === undefined ? {} : { cursor }) })

async function group(by: string, members: string[]): Promise<string> {
  const { status, body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(by),
    body: { kind: 'group', name: 'Tea', members },
  })
  expect(status).toBe(201)
  return (body['channel'] as { id: string }).id
}
const send = (channel: string, cid: string, body: unknown = 'hi') => ({ t: 'send', channel, cid, body })
const eventOf = (frame: Frame) => frame['event'] as { kind: string; cid?: string; seq?: number } | undefined
const hasCid = (cid: string) => (frame: Frame) => frame.t === 'event' && eventOf(frame)?.cid === cid
const seqs = (client: RawClient) =>
  client.frames.flatMap((frame) => {
    const event = eventOf(frame)
    return event?.kind === 'message' ? [event.seq] : []
  })

test('a send is acked and comes to every device of every member, cursors dense', async () => {
  const channel = await group('ann', ['bob'])
  const clients = await Promise.all([hello('ann', 'phone'), hello('ann', 'laptop'), hello('bob', 'pc')])
  const ack = await clients[0].ask(send(channel, 'c1', { text: 'hi "Bob" – ✓' }))
  expect(ack).toMatchObject({ t: 'ack', channel, seq: 1, cid: 'c1', duplicate: false, level: 'region' })
  for (const client of clients) {
    const frame = await client.next(hasCid('c1'))
    expect(frame).toMatchObject({
      event: { from: 'ann', device: 'phone', at: ack['at'], body: { text: 'hi "Bob" – ✓' } },
    })
    const [epoch, n] = String(frame['cursor']).split(':')
    expect(frame['prev']).toBe(`${epoch}:${Number(n) - 1}`)
    client.close()
  }
})

test('pipelined sends keep their order, and what was missed comes back', async () => {
  const channel = await group('cat', ['dan'])
  const writer = await hello('cat', 'pc')
  const before = await hello('dan', 'pc')
  const acks = await Promise.all(Array.from({ length: 200 }, (_, i) => writer.ask(send(channel, `p${i}`))))
  expect(acks.map((ack) => ack['seq'])).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  const seen = await before.next(hasCid('p49'))
  before.cut()
  const after = await hello('dan', 'pc', String(seen['cursor']))
  await after.next(hasCid('p199'))
  await after.next(({ t }) => t === 'synced')
  expect(seqs(after)).toEqual(Array.from({ length: 150 }, (_, i) => i + 51))
  writer.close()
  after.close()
})

test('a message of an owner that was lost is noticed and healed without a gap', async () => {
  const channel = await group('eve', ['fay'])
  const writer = await hello('eve', 'pc')
  const reader = await hello('fay', 'pc')
  await writer.ask(send(channel, 'l1'))
  await reader.next(hasCid('l1'))
  // A restart of NATS loses whatever was on its way to the edge.
  await bench.nats.kill()
  await bench.nats.restart()
  await until(async () => (await writer.ask(send(channel, 'l2'))).t === 'ack', 'sends are acked again')
  await reader.next(hasCid('l2'))
  expect(seqs(reader)).toEqual([1, 2])
  writer.close()
  reader.close()
})

/** Between bursts of sends, so that a slow hand-over meets some hundreds of them and not a million. */
const PACE_MS = 2

test('while a channel changes its owner, nothing gets through that was sent before a refusal was seen', async () => {
  const channel = await group('vic', [])
  const vic = await hello('vic', 'pc')
  type Sent = { readonly sentAt: number; answer?: Frame; answeredAt?: number }
  const sent: Sent[] = []
  let moment = 0
  const asked: Promise<void>[] = []
  const burst = () => {
    for (let i = 0; i < 8; i++) {
      const one: Sent = { sentAt: moment++ }
      // Each goes twice: a cid that comes again doesn't show that its refusal was seen.
      const cid = `o${Math.floor((sent.push(one) - 1) / 2)}`
      asked.push(
        vic.ask(send(channel, cid)).then((answer) => {
          one.answer = answer
          one.answeredAt = moment++
        }),
      )
    }
  }
  // It sees no answer for now, so it pings nobody back either.
  vic.pauseReading()
  let isReplaced = false
  const replaced = bench.replaceChat().then(() => {
    isReplaced = true
  })
  for (let after = 0; after < 100; after += isReplaced ? 1 : 0) {
    burst()
    await wait(PACE_MS)
  }
  await replaced
  vic.resumeReading()
  await Promise.all(asked)
  const refused = sent.filter(({ answer }) => answer?.t === 'error')
  expect(refused.length).toBeGreaterThan(0)
  expect(sent.at(-1)?.answer?.t).toBe('error')
  expect(await vic.ask(send(channel, 'afterwards'))).toMatchObject({ t: 'ack' })
  // Whoever has seen the first refusal of a run knows that what it sent behind it was refused too.
  let seenAt = Number.POSITIVE_INFINITY
  for (const { sentAt, answer, answeredAt } of sent) {
    if (answer?.t === 'error') seenAt = Math.min(seenAt, answeredAt ?? seenAt)
    else if (seenAt !== Number.POSITIVE_INFINITY) {
      expect(sentAt).toBeGreaterThan(seenAt)
      seenAt = Number.POSITIVE_INFINITY
    }
  }
  vic.close()
})

test('a newer session of a device replaces the older one, on another edge too', async () => {
  const other = await bench.startEdge()
  const first = await hello('gus', 'phone')
  const second = await hello('gus', 'phone', undefined, `${other.url.replace('http', 'ws')}/v1/ws`)
  expect(await first.closed).toBe(4409)
  second.close()
})

test('frames that are wrong get an error that names what is wrong; ten close the connection', async () => {
  const client = await hello('hal', 'pc')
  const cases: [string | Buffer, string][] = [
    ['{', 'not JSON'],
    [Buffer.from([1, 2, 3]), 'text, not binary'],
    ['[]', 'a JSON object'],
    ['{"id":7}', 't: is missing'],
    ['{"t":"dance","id":7}', 't: is not a known frame'],
    ['{"t":"send","id":7,"channel":"a.*.>","cid":"c","body":"x"}', 'channel: '],
    [`{"t":"send","id":7,"channel":"${'x'.repeat(10_000)}","cid":"c","body":"x"}`, 'channel: '],
    ['{"t":"hello","id":7,"token":"x","device":"pc"}', 'hello was said already'],
    ['{"t":"edit","id":7,"channel":"c","seq":1}', 'body: '],
  ]
  for (const [raw, part] of cases) {
    const from = client.frames.length
    client.sendRaw(raw)
    const error = await client.next(({ t }) => t === 'error', from)
    expect(error).toMatchObject({ code: 'bad_frame' })
    expect(error['message']).toContain(part)
  }
  client.sendRaw('{')
  expect(await client.closed).toBe(4400)
})

test('limits: a text over 16 KiB is refused, a frame over 64 KiB closes', async () => {
  const channel = await group('ida', [])
  const client = await hello('ida', 'pc')
  expect(await client.ask(send(channel, 'big', 'x'.repeat(16 * 1024 + 1)))).toMatchObject({
    code: 'too_large',
  })
  expect(await client.ask(send(channel, 'fits', 'x'.repeat(16 * 1024)))).toMatchObject({ t: 'ack' })
  client.sendRaw(JSON.stringify(send(channel, 'huge', 'x'.repeat(70 * 1024))))
  expect(await client.closed).toBe(4413)
})

test('tokens: absent, of another key, expired, of another algorithm', async () => {
  const early = await RawClient.open(bench.ws)
  early.send(send('c', 'c'))
  expect(await early.closed).toBe(4401)
  const expired = token('jon', { exp: Math.floor(Date.now() / 1000) - 60 })
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${expired.split('.')[1]}.`
  for (const bad of ['x', expired, none, `${token('jon').slice(0, -3)}abc`, token('a.b')]) {
    const client = await RawClient.open(bench.ws)
    expect(await client.ask({ t: 'hello', token: bad, device: 'pc' })).toMatchObject({
      t: 'error',
      code: 'unauthenticated',
    })
    expect(await client.closed).toBe(4401)
    expect((await http(bench.url, 'GET', '/v1/me', { token: bad })).status).toBe(401)
  }
})

test('a session ends when its token does', async () => {
  const client = await RawClient.open(bench.ws)
  const short = token('kim', { exp: Math.floor(Date.now() / 1000) + 2 })
  expect(await client.ask({ t: 'hello', token: short, device: 'pc' })).toMatchObject({ t: 'welcome' })
  expect(await client.closed).toBe(4401)
})

test('an unknown epoch, or a number past the head, is a reset; then the session is live from the head', async () => {
  const channel = await group('lea', ['max'])
  const writer = await hello('lea', 'pc')
  const client = await hello('max', 'pc', 'unknown:7')
  const reset = await client.next(({ t }) => t === 'reset')
  expect(reset).toMatchObject({ reason: 'epoch' })
  await writer.ask(send(channel, 'r1'))
  await client.next(hasCid('r1'))
  // That the channel was created may have come to the queue before or after the reset.
  const live = client.frames.filter(({ t }) => t === 'event')
  const before = [reset['cursor'], ...live.map(({ cursor }) => cursor)]
  expect(live.map(({ prev }) => prev)).toEqual(before.slice(0, -1))
  const [epoch] = String(reset['cursor']).split(':')
  expect(await client.ask({ t: 'sync', cursor: `${epoch}:999999` })).toMatchObject({
    t: 'reset',
    reason: 'epoch',
  })
  client.close()
  writer.close()
})

test('a client that does not read is closed with 1013 and resumes without a gap', async () => {
  const channel = await group('ned', ['oda'])
  const writer = await hello('ned', 'pc')
  const reader = await hello('oda', 'pc')
  const start = String((await reader.next(({ t }) => t === 'welcome'))['cursor'])
  reader.pauseReading()
  const text = 'x'.repeat(15_000)
  let sent = 0
  // Far more than the socket's and the kernel's buffers hold.
  for (let round = 0; round < 8; round++)
    await Promise.all(Array.from({ length: 100 }, () => writer.ask(send(channel, `s${sent++}`, text))))
  reader.resumeReading()
  expect(await reader.closed).toBe(1013)
  const cursors = reader.frames.filter(({ t }) => t === 'event').map(({ cursor }) => String(cursor))
  const got = seqs(reader).length
  const again = await hello('oda', 'pc', cursors.at(-1) ?? start)
  await again.next(hasCid(`s${sent - 1}`))
  expect(got + seqs(again).length).toBe(sent)
  again.close()
  writer.close()
})

test('heartbeats: a silent client is pinged, a dead one closed', async () => {
  const edge = await bench.startEdge({ WEFT_HEARTBEAT_MS: '300', WEFT_HELLO_MS: '300' })
  const ws = `${edge.url.replace('http', 'ws')}/v1/ws`
  const nobody = await RawClient.open(ws)
  const client = await hello('pam', 'pc', undefined, ws)
  expect(await nobody.closed).toBe(4401)
  await client.next(({ t }) => t === 'ping')
  client.mute()
  expect(await client.closed).toBe(4408)
})

test('leaving: clients are told when, and closed then', async () => {
  const edge = await bench.startEdge({ WEFT_EDGES: 'wss://other.test/v1/ws' })
  const ws = `${edge.url.replace('http', 'ws')}/v1/ws`
  const client = await hello('quy', 'pc', undefined, ws)
  const draining = edge.drain()
  expect(await client.next(({ t }) => t === 'drain')).toMatchObject({ edges: ['wss://other.test/v1/ws'] })
  expect(await client.closed).toBe(1001)
  await draining
  await expect(RawClient.open(ws)).rejects.toThrow()
})

test('read: past the head is refused, strangers get not_found, else it comes as an event', async () => {
  const channel = await group('ron', ['sue'])
  const [ron, sue, eve] = await Promise.all([hello('ron', 'pc'), hello('sue', 'pc'), hello('tom', 'pc')])
  await ron.ask(send(channel, 'm1'))
  expect(await sue.ask({ t: 'read', channel, seq: 2 })).toMatchObject({
    code: 'bad_frame',
    message: expect.stringContaining('seq'),
  })
  expect(await eve.ask({ t: 'read', channel, seq: 1 })).toMatchObject({ code: 'not_found' })
  expect(await sue.ask({ t: 'read', channel, seq: 1 })).toMatchObject({ t: 'ok' })
  await sue.next((frame) => eventOf(frame)?.kind === 'read')
  for (const client of [ron, sue, eve]) client.close()
})

test('HTTP: history, errors by status, ids of a wrong shape', async () => {
  const channel = await group('uma', [])
  const uma = await hello('uma', 'pc')
  for (let i = 0; i < 5; i++) await uma.ask(send(channel, `h${i}`))
  const page = await http(bench.url, 'GET', `/v1/channels/${channel}/messages?before=4&limit=2`, {
    token: token('uma'),
  })
  expect(page).toMatchObject({
    status: 200,
    body: {
      items: [
        { seq: 2, cid: 'h1' },
        { seq: 3, cid: 'h2' },
      ],
      next: 'before:2',
    },
  })
  const status = async (method: string, path: string, options = {}) =>
    (await http(bench.url, method, path, { token: token('uma'), ...options })).status
  expect(await status('GET', '/v1/nothing')).toBe(404)
  expect(await status('POST', '/v1/me')).toBe(400)
  expect(await status('POST', '/v1/channels', { raw: '{' })).toBe(400)
  expect(await status('POST', '/v1/channels', { raw: 'x'.repeat(70_000) })).toBe(413)
  expect(await status('GET', `/v1/channels/${channel}/messages?limit=201`)).toBe(400)
  expect(await status('GET', '/v1/channels/a.b')).toBe(400)
  expect(await status('GET', '/v1/channels/unknown')).toBe(404)
  expect(await status('GET', '/v1/me?access_token=x')).toBe(400)
  expect(await status('GET', `/v1/channels/${channel}`, { token: token('stranger') })).toBe(404)
  uma.close()
})
