import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnyClient, SseClient } from '../support/http-clients.ts'
import { type Frame, http } from '../support/raw-client.ts'
import { TRANSPORTS as NAMES, type TransportName as Name, openOver } from '../support/transports.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench
beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

let people = 0
const someone = () => `person-${++people}`
const open = (name: Name, user: string, device: string, cursor?: string) =>
  openOver[name](bench.url, { token: token(user), device, ...(cursor === undefined ? {} : { cursor }) })
async function direct(a: string, b: string): Promise<string> {
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(a),
    body: { kind: 'direct', members: [b] },
  })
  return (body['channel'] as { id: string }).id
}
const send = (channel: string, cid: string) => ({ t: 'send', channel, cid, body: `text of ${cid}` })
const eventOf = (frame: Frame) => (frame.t === 'event' ? (frame['event'] as Record<string, unknown>) : {})
const hasCid = (cid: string) => (frame: Frame) => eventOf(frame)['cid'] === cid
const queued = (client: AnyClient) =>
  client.frames.filter(({ t, cursor }) => t === 'event' && cursor !== undefined)

describe.each(NAMES)('over %s', (name) => {
  test('begins with welcome, marks synced, brings events with their places, answers commands', async () => {
    const [ann, bob] = [someone(), someone()]
    const channel = await direct(ann, bob)
    const [a, b] = [await open(name, ann, 'pc'), await open(name, bob, 'pc')]
    expect(b.frames[0]).toMatchObject({ t: 'welcome', user: bob, device: 'pc' })
    await b.next(({ t }) => t === 'synced')
    for (let i = 1; i <= 20; i++)
      expect(await a.ask(send(channel, `m${i}`))).toMatchObject({
        t: 'ack',
        seq: i,
        cid: `m${i}`,
        duplicate: false,
      })
    expect(await a.ask(send(channel, 'm20'))).toMatchObject({ t: 'ack', seq: 20, duplicate: true })
    await b.next(hasCid('m20'))
    const events = queued(b)
    for (const [i, { prev }] of events.entries()) if (i > 0) expect(prev).toBe(events[i - 1]?.['cursor'])
    const seqs = events.map(eventOf).flatMap(({ kind, seq }) => (kind === 'message' ? [seq] : []))
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(await b.ask({ t: 'read', channel, seq: 20 })).toMatchObject({ t: 'ok' })
    await b.next((frame) => eventOf(frame)['kind'] === 'read')
    await Promise.all([a.cut(), b.cut()])
  })

  test('goes on from its cursor: nothing is missing, nothing comes twice', async () => {
    const [ann, bob] = [someone(), someone()]
    const channel = await direct(ann, bob)
    const a = await open('websocket', ann, 'pc')
    let b = await open(name, bob, 'pc')
    await a.ask(send(channel, 'first'))
    await b.next(hasCid('first'))
    const seen = queued(b).map(eventOf)
    const { cursor } = b
    await b.cut()
    for (let i = 0; i < 5; i++) await a.ask(send(channel, `missed-${i}`))
    b = await open(name, bob, 'pc', cursor)
    await b.next(hasCid('missed-4'))
    await b.next(({ t }) => t === 'synced')
    expect(queued(b)[0]).toMatchObject({ prev: cursor })
    const cids = [...seen, ...queued(b).map(eventOf)].flatMap(({ cid }) => (cid === undefined ? [] : [cid]))
    expect(cids).toEqual(['first', ...Array.from({ length: 5 }, (_, i) => `missed-${i}`)])
    await Promise.all([a.cut(), b.cut()])
  })

  test('an unknown epoch is a reset', async () => {
    const client = await open(name, someone(), 'pc', 'nobody:7')
    expect(await client.next(({ t }) => t === 'reset')).toMatchObject({ reason: 'epoch' })
    await client.cut()
  })

  test('bad commands get errors that name what is wrong', async () => {
    const client = await open(name, someone(), 'pc')
    const code = async (frame: object) => {
      const { t, code: given, message } = await client.ask(frame)
      return `${t} ${String(given)} ${String(message).split(':')[0]}`
    }
    expect(await code({ t: 'nonsense' })).toBe('error bad_frame t')
    expect(await code({ t: 'send', channel: 'c' })).toBe('error bad_frame cid')
    expect(await code(send('no-such-channel', 'x'))).toBe('error not_found no such channel')
    expect(await code({ t: 'send', channel: 'c', cid: 'x', body: 'x'.repeat(17 * 1024) })).toBe(
      'error too_large body',
    )
    await client.cut()
  })

  test('a newer session of the same device takes its place, by whatever transport', async () => {
    const user = someone()
    for (const other of NAMES) {
      const first = await open(name, user, 'pc')
      await first.next(({ t }) => t === 'synced')
      const second = await open(other, user, 'pc')
      expect(await first.closed).toBe(4409)
      await second.cut()
    }
  })

  test('what passes without being kept has no place in the queue', async () => {
    const [ann, bob] = [someone(), someone()]
    const channel = await direct(ann, bob)
    const [a, b] = [await open(name, ann, 'pc'), await open(name, bob, 'pc')]
    await b.next(({ t }) => t === 'synced')
    await a.tell({ t: 'typing', channel, on: true })
    const typing = await b.next((frame) => eventOf(frame)['kind'] === 'typing')
    expect([typing['cursor'], typing['prev']]).toEqual([undefined, undefined])
    expect(await b.ask({ t: 'open', channel })).toMatchObject({ t: 'ok', seq: 0 })
    await Promise.all([a.cut(), b.cut()])
  })
})

test('a client changes its transport in the midst: one cursor, no gap, nothing twice', async () => {
  const [ann, bob] = [someone(), someone()]
  const channel = await direct(ann, bob)
  const a = await open('websocket', ann, 'pc')
  const told: unknown[] = []
  let cursor: string | undefined
  let sent = 0
  for (const name of [...NAMES, ...NAMES]) {
    await a.ask(send(channel, `m${++sent}`))
    const b = await open(name, bob, 'pc', cursor)
    await b.next(({ t }) => t === 'synced')
    await a.ask(send(channel, `m${++sent}`))
    await b.next(hasCid(`m${sent}`))
    told.push(
      ...queued(b)
        .map(eventOf)
        .flatMap(({ cid }) => (cid === undefined ? [] : [cid])),
    )
    cursor = b.cursor
    await b.cut()
  }
  const all = Array.from({ length: sent }, (_, i) => `m${i + 1}`)
  // The first came without a cursor: its queue began at the head.
  expect(told).toEqual(all.slice(all.length - told.length))
  expect(told.length).toBeGreaterThanOrEqual(sent - 1)
  await a.cut()
})

test('a ticket opens one stream, once, wherever; a token in a URL opens none', async () => {
  const user = someone()
  const hello = { token: token(user), device: 'browser' }
  const { status, body } = await http(bench.url, 'POST', '/v1/tickets', { token: hello.token })
  expect(status).toBe(201)
  const ticket = String(body['ticket'])
  const other = await bench.startEdge()
  const stream = await SseClient.open(other.url, hello, { ticket })
  expect(stream.frames[0]).toMatchObject({ t: 'welcome', user })
  for (const url of [bench.url, other.url])
    expect((await http(url, 'GET', `/v1/events?device=browser&ticket=${ticket}`)).status).toBe(401)
  expect((await http(bench.url, 'GET', '/v1/events?ticket=invented')).status).toBe(401)
  expect((await http(bench.url, 'GET', '/v1/events')).status).toBe(401)
  expect((await http(bench.url, 'GET', `/v1/events?token=${hello.token}`)).status).toBe(401)
  await stream.cut()
})

test('of two who use one ticket at once, one gets in', async () => {
  const { body } = await http(bench.url, 'POST', '/v1/tickets', { token: token(someone()) })
  const use = async () => {
    const abort = new AbortController()
    const { status } = await fetch(`${bench.url}/v1/events?ticket=${String(body['ticket'])}`, abort)
    abort.abort()
    return status
  }
  const statuses = await Promise.all([use(), use(), use(), use()])
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401])
})

test('a poll whose answer was lost is answered again; of two at once the older ends empty', async () => {
  const [ann, bob] = [someone(), someone()]
  const told = await open('websocket', bob, 'phone')
  const channel = await direct(ann, bob)
  // All polls here begin behind that.
  await told.next((frame) => eventOf(frame)['kind'] === 'channel')
  await told.cut()
  const a = await open('websocket', ann, 'pc')
  const poll = async (query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${bench.url}/v1/poll?device=pc&${query}`, {
      headers: { authorization: `Bearer ${token(bob)}`, ...headers },
    })
    return (await response.json()) as { frames: Frame[]; cursor: string; session: string }
  }
  const first = await poll('wait=0')
  expect(first.frames.map(({ t }) => t)).toContain('welcome')
  const session = { 'weft-session': first.session }
  const { cursor } = first
  const both = [0, 1].map(() => poll(`wait=25&cursor=${cursor}`, session))
  const one = await Promise.race(both)
  expect(one.frames).toEqual([])
  await a.ask(send(channel, 'm1'))
  const answers = await Promise.all(both)
  expect(answers.flatMap(({ frames }) => frames.filter(hasCid('m1')))).toHaveLength(1)
  // As if that answer had never come.
  const again = await poll(`wait=5&cursor=${cursor}`, session)
  expect(again.frames.filter(hasCid('m1'))).toHaveLength(1)
  expect(again.session).toBe(first.session)
  const next = await poll(`wait=0&cursor=${again.cursor}`, session)
  expect(next.frames.filter(hasCid('m1'))).toEqual([])
  await a.cut()
})

test('commands without a session, of one that is gone, or of somebody else', async () => {
  const [ann, bob] = [someone(), someone()]
  const channel = await direct(ann, bob)
  const command = async (frame: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${bench.url}/v1/commands`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token(ann)}`, ...headers },
      body: JSON.stringify(frame),
    })
    const text = await response.text()
    return { status: response.status, frame: text === '' ? null : (JSON.parse(text) as Frame) }
  }
  expect(await command({ id: 7, ...send(channel, 'x') })).toMatchObject({
    status: 200,
    frame: { t: 'ack', id: 7 },
  })
  expect(await command({ id: 8, t: 'open', channel })).toMatchObject({
    status: 400,
    frame: { t: 'error', id: 8, code: 'bad_frame' },
  })
  const gone = { 'weft-session': 'AAAAAAAAAAAAAAAAAAAAAA' }
  expect(await command({ id: 9, t: 'open', channel }, gone)).toMatchObject({
    status: 404,
    frame: { code: 'not_found' },
  })
  const stream = await SseClient.open(bench.url, { token: token(bob), device: 'pc' })
  const theirs = { 'weft-session': String(stream.frames[0]?.['session']) }
  expect(await command({ id: 9, t: 'open', channel }, theirs)).toMatchObject({ status: 404 })
  expect(await command({ id: 1, ...send('nope', 'x') })).toMatchObject({
    status: 404,
    frame: { t: 'error', id: 1 },
  })
  expect((await fetch(`${bench.url}/v1/commands`, { method: 'POST', body: '{}' })).status).toBe(401)
  await stream.cut()
})

test('an SSE client that never reads is cut off, and nobody else is slowed', async () => {
  const small = await bench.startEdge({ WEFT_EDGE_BUFFER_BYTES: '65536', WEFT_LIMITS: 'off' })
  const [ann, bob] = [someone(), someone()]
  const channel = await direct(ann, bob)
  const response = await fetch(`${small.url}/v1/events?device=stuck`, {
    headers: { authorization: `Bearer ${token(bob)}` },
  })
  const other = await SseClient.open(small.url, { token: token(bob), device: 'pc' })
  const a = await open('websocket', ann, 'pc')
  const body = 'x'.repeat(16_000)
  let sent = 0
  for (; sent < 1_000; sent++) {
    expect(await a.ask({ t: 'send', channel, cid: `big-${sent}`, body })).toMatchObject({ t: 'ack' })
    if (sent % 100 === 99) await other.next(hasCid(`big-${sent}`))
  }
  // What it was sent ends before the last: it was cut off, and goes on from its cursor.
  const text = await response.text().catch(() => '')
  expect(text).not.toContain('"big-999"')
  await Promise.all([a.cut(), other.cut()])
})
