import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyClient } from '../support/http-clients.ts'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { openOver, TRANSPORTS, type TransportName } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

/** Limits, refusals and endings: the same over every transport. */

let bench: EdgeBench
beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

let people = 0
const someone = () => `guest-${++people}`
const open = (name: TransportName, user: string, cursor?: string, url = bench.url) =>
  openOver[name](url, { token: token(user), device: 'pc', ...(cursor === undefined ? {} : { cursor }) })
async function group(by: string, members: string[] = []): Promise<string> {
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(by),
    body: { kind: 'group', name: 'Tea', members },
  })
  return (body['channel'] as { id: string }).id
}
const send = (channel: string, cid: string, body: unknown = 'hi') => ({ t: 'send', channel, cid, body })
const eventOf = (frame: Frame) => (frame.t === 'event' ? (frame['event'] as Record<string, unknown>) : {})
const hasCid = (cid: string) => (frame: Frame) => eventOf(frame)['cid'] === cid
const isSynced = ({ t }: Frame) => t === 'synced'
const seqs = ({ frames }: AnyClient) =>
  frames.map(eventOf).flatMap(({ kind, seq }) => (kind === 'message' ? [seq] : []))
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** How one is refused who comes with this token: the code of the error, and of the socket's end or the answer. */
async function refusal(name: TransportName, given: string): Promise<[unknown, number]> {
  if (name === 'websocket') {
    const client = await RawClient.open(bench.ws)
    const error = await client.ask({ t: 'hello', token: given, device: 'pc' })
    return [error['code'], await client.closed]
  }
  const path = name === 'sse' ? '/v1/events' : '/v1/poll'
  const { status, body } = await http(bench.url, 'GET', path, { token: given })
  return [(body['error'] as { code?: string } | undefined)?.code, status]
}

describe.each(TRANSPORTS)('over %s', (name) => {
  test('what is wrong gets one error that names it, and the session stays; ten within 10 s end it with 4400', async () => {
    const user = someone()
    const channel = await group(user)
    const client = await open(name, user)
    await client.next(isSynced)
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const cases: [string, string][] = [
      [
        `{"t":"send","id":7,"channel":"${channel}","cid":"c","body":{"text":"x","more":${deep}}}`,
        'body: is nested',
      ],
      [`{"t":"send","id":7,"channel":"${channel}","cid":"c","body":"\\ud83d"}`, 'body: is not Unicode'],
      [
        `{"t":"send","id":7,"channel":"${channel}","cid":"c","body":"x","reply_to":${2 ** 53 - 1}}`,
        'reply_to: ',
      ],
      [`{"t":"edit","id":7,"channel":"${channel}","seq":${2 ** 48},"body":"x"}`, 'seq: '],
      ['{"t":"dance","id":7}', 't: is not a known frame'],
      ['{"__proto__":{"t":"ping"},"id":7}', 't: is missing'],
      ['{"t":"send","id":7,"channel":"a.*.>","cid":"c","body":"x"}', 'channel: '],
      [`{"t":"sync","id":7,"cursor":"e1:${2 ** 48}"}`, 'cursor: '],
      ['{"t":"hello","id":7,"token":"x","device":"pc"}', 'hello'],
    ]
    for (const [raw, part] of cases) {
      const error = await client.raw(raw)
      expect(error).toMatchObject({ t: 'error', id: 7, code: 'bad_frame' })
      expect(error['message']).toContain(part)
    }
    expect(await client.ask(send(channel, 'good'))).toMatchObject({ t: 'ack', seq: 1 })
    expect(await client.raw('{"t":"dance","id":7}')).toMatchObject({ code: 'bad_frame' })
    expect(await client.closed).toBe(4400)
  })

  test('a text over 16 KiB and a frame over 64 KiB are too large', async () => {
    const user = someone()
    const channel = await group(user)
    const client = await open(name, user)
    expect(await client.ask(send(channel, 'big', 'é'.repeat(8 * 1024 + 1)))).toMatchObject({
      code: 'too_large',
    })
    expect(await client.ask(send(channel, 'fits', 'é'.repeat(8 * 1024)))).toMatchObject({ t: 'ack', seq: 1 })
    const huge = await client.raw(JSON.stringify({ ...send(channel, 'huge', 'x'.repeat(64 * 1024)), id: 7 }))
    expect(huge).toMatchObject({ t: 'error', code: 'too_large' })
    // Over HTTP it was a request of its own that ended.
    if (name === 'websocket') expect(await client.closed).toBe(4413)
    else expect(await client.ask(send(channel, 'after'))).toMatchObject({ t: 'ack', seq: 2 })
    await client.cut()
  })

  test('tokens: of another key, expired, of another algorithm', async () => {
    const user = someone()
    const expired = token(user, { exp: Math.floor(Date.now() / 1000) - 60 })
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${expired.split('.')[1]}.`
    for (const bad of ['x', expired, none, `${token(user).slice(0, -3)}abc`, token('a.b')])
      expect(await refusal(name, bad)).toEqual(['unauthenticated', name === 'websocket' ? 4401 : 401])
  })

  test('a session ends when its token does', async () => {
    const given = token(someone(), { exp: Math.floor(Date.now() / 1000) + 2 })
    const client = await openOver[name](bench.url, { token: given, device: 'pc' })
    expect(await client.closed).toBe(4401)
  })

  test('more sends than a connection may make are told how long to wait', async () => {
    const edge = await bench.startEdge({
      WEFT_LIMITS: 'on',
      WEFT_EDGE_SEND_BURST: '5',
      WEFT_EDGE_SEND_RATE: '1',
    })
    const user = someone()
    const channel = await group(user)
    const client = await open(name, user, undefined, edge.url)
    const answers = await Promise.all(numbers(1, 8).map((i) => client.ask(send(channel, `m${i}`))))
    const refused = answers.filter(({ t }) => t === 'error')
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(5)
    expect(refused.length).toBeGreaterThan(0)
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'rate_limited' })
      expect(error['retry_after']).toBeGreaterThan(0)
    }
    await until(async () => (await client.ask(send(channel, 'm8'))).t === 'ack', 'the last is taken')
    await client.cut()
  })

  test('more changes than a connection may make are told how long to wait, sends go on', async () => {
    const edge = await bench.startEdge({
      WEFT_LIMITS: 'on',
      WEFT_EDGE_WRITE_BURST: '5',
      WEFT_EDGE_WRITE_RATE: '1',
    })
    const user = someone()
    const channel = await group(user)
    const client = await open(name, user, undefined, edge.url)
    expect(await client.ask(send(channel, 'm1'))).toMatchObject({ t: 'ack', seq: 1 })
    const frames = [
      { t: 'edit', channel, seq: 1, body: 'another' },
      { t: 'react', channel, seq: 1, emoji: '👍', on: true },
      { t: 'pin', channel, seq: 1, on: true },
      { t: 'read', channel, seq: 1 },
      { t: 'delete', channel, seq: 1 },
    ]
    const answers = await Promise.all([...frames, ...frames].map((frame) => client.ask(frame)))
    const refused = answers.filter(({ t, code }) => t === 'error' && code === 'rate_limited')
    expect(refused.length).toBeGreaterThanOrEqual(4)
    for (const error of refused) expect(error['retry_after']).toBeGreaterThan(0)
    expect((await client.ask(send(channel, 'm2'))).t).toBe('ack')
    const read = { t: 'read', channel, seq: 2 }
    await until(async () => (await client.ask(read)).t === 'ok', 'the last is taken')
    await client.cut()
  })

  test('the missed, then synced, then live; once more by sync', async () => {
    const [ann, bob] = [someone(), someone()]
    const channel = await group(ann, [bob])
    const writer = await open('websocket', ann)
    const first = await open(name, bob)
    await writer.ask(send(channel, 'seen'))
    await first.next(hasCid('seen'))
    const { cursor = '' } = first
    await first.cut()
    for (const i of numbers(2, 31)) await writer.ask(send(channel, `m${i}`))
    const client = await open(name, bob, cursor)
    await client.next(isSynced)
    // The newest may come to the queue after its ack, and then live.
    await client.next(hasCid('m31'))
    expect(client.frames[0]).toMatchObject({ t: 'welcome' })
    expect(seqs(client)).toEqual(numbers(2, 31))
    await writer.ask(send(channel, 'live'))
    await client.next(hasCid('live'))
    const before = client.frames.length
    await client.tell({ t: 'sync', id: 99, cursor })
    await until(() => client.frames.slice(before).some(isSynced), 'it is synced again')
    expect(
      client.frames
        .slice(before)
        .map(eventOf)
        .flatMap(({ seq }) => seq ?? []),
    ).toEqual(numbers(2, 32))
    await Promise.all([writer.cut(), client.cut()])
  })

  test('an unknown epoch, or a place past the head, is a reset; then live from the head', async () => {
    const [ann, bob] = [someone(), someone()]
    const channel = await group(ann, [bob])
    const writer = await open('websocket', ann)
    const client = await open(name, bob, 'unknown:7')
    const reset = await client.next(({ t }) => t === 'reset')
    expect(reset).toMatchObject({ reason: 'epoch' })
    await writer.ask(send(channel, 'r1'))
    await client.next(hasCid('r1'))
    const live = client.frames.filter(({ t }) => t === 'event')
    const places = [reset['cursor'], ...live.map(({ cursor }) => cursor)]
    expect(live.map(({ prev }) => prev)).toEqual(places.slice(0, -1))
    const [epoch] = String(reset['cursor']).split(':')
    await client.tell({ t: 'sync', id: 98, cursor: `${epoch}:${2 ** 47}` })
    await until(() => client.frames.filter(({ t }) => t === 'reset').length === 2, 'it is reset again')
    await Promise.all([writer.cut(), client.cut()])
  })

  test('a stream that was cut before anything happened goes on from where it was', async () => {
    const [ann, bob] = [someone(), someone()]
    const channel = await group(ann, [bob])
    const writer = await open('websocket', ann)
    const first = await open(name, bob)
    await first.next(isSynced)
    const { cursor } = first
    await first.cut()
    await writer.ask(send(channel, 'missed'))
    const again = await open(name, bob, cursor)
    await again.next(hasCid('missed'))
    await Promise.all([writer.cut(), again.cut()])
  })

  test('leaving: it is told when and where to, and ended then; the next edge goes on', async () => {
    const edge = await bench.startEdge({ WEFT_EDGES: 'wss://other.test/v1/ws' })
    const [ann, bob] = [someone(), someone()]
    const channel = await group(ann, [bob])
    const writer = await open('websocket', ann)
    const client = await open(name, bob, undefined, edge.url)
    await client.next(isSynced)
    const draining = edge.drain()
    const drain = await client.next(({ t }) => t === 'drain')
    expect(drain).toMatchObject({ in: expect.any(Number), edges: ['wss://other.test/v1/ws'] })
    expect(await client.closed).toBe(1001)
    await draining
    await writer.ask(send(channel, 'meanwhile'))
    const moved = await open(name, bob, client.cursor)
    await moved.next(hasCid('meanwhile'))
    await Promise.all([writer.cut(), moved.cut()])
  })

  test('an edge that is full refuses, and takes the next when there is room', async () => {
    const edge = await bench.startEdge({ WEFT_EDGE_CONNECTIONS: '1' })
    const first = await open('websocket', someone(), undefined, edge.url)
    await expect(open(name, someone(), undefined, edge.url)).rejects.toThrow('503')
    await first.cut()
    const next = async () => open(name, someone(), undefined, edge.url).catch(() => null)
    let client: AnyClient | null = null
    await until(async () => (client = await next()) !== null, 'there is room')
    await (client as AnyClient | null)?.cut()
  })
})

test('heartbeats: streams are pinged; a session that isn’t polled for twice as long is over, and nothing is missed', async () => {
  const edge = await bench.startEdge({ WEFT_HEARTBEAT_MS: '300' })
  const [ann, bob] = [someone(), someone()]
  const channel = await group(ann, [bob])
  const stream = await open('sse', ann, undefined, edge.url)
  for (const count of [1, 2])
    await until(() => stream.frames.filter(({ t }) => t === 'ping').length >= count, `ping ${count} came`)
  const poll = async (query: string, session = '') => {
    const headers = { authorization: `Bearer ${token(bob)}`, 'weft-session': session }
    const response = await fetch(`${edge.url}/v1/poll?device=pc&${query}`, { headers })
    return (await response.json()) as { frames: Frame[]; cursor: string; session: string }
  }
  const first = await poll('wait=0')
  const isOver = async () => {
    const response = await fetch(`${edge.url}/v1/commands`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token(bob)}`, 'weft-session': first.session },
      body: JSON.stringify({ t: 'close', id: 1, channel: 'none' }),
    })
    const { message } = (await response.json()) as Frame
    return String(message).startsWith('Weft-Session')
  }
  // A command is a sign of life, so it isn't asked too often.
  await until(isOver, 'the session is over', { lookMs: 1_500 })
  await stream.ask(send(channel, 'missed'))
  await until(async () => {
    const again = await poll(`wait=5&cursor=${first.cursor}`, first.session)
    expect(again.frames[0]).toMatchObject({ t: 'welcome' })
    return again.frames.some(hasCid('missed'))
  }, 'what was missed comes')
  await stream.cut()
})
