import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { wholeHistory } from '../support/conversation.ts'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const GIB = 1024 ** 3
const token = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder('session')
  const { bavail, bsize } = statfsSync(folder.path)
  weft = await startWeft(folder.path, {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_EDGE_BUFFER_BYTES: String(256 * 1024),
    // Far from full now, and below the reserve once a file of 2 GiB is there.
    WEFT_DISK_RESERVE_BYTES: String(bavail * bsize - GIB),
  })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const hello = (user: string, device: string, cursor?: string) =>
  RawClient.hello(weft.ws, { token: token(user), device, ...(cursor === undefined ? {} : { cursor }) })

async function channelOf(user: string, members: string[], kind = 'group'): Promise<string> {
  const { status, body } = await http(weft.url, 'POST', '/v1/channels', {
    token: token(user),
    body: { kind, ...(kind === 'group' ? { name: 'Tea' } : {}), members },
  })
  expect([200, 201]).toContain(status)
  return (body['channel'] as { id: string }).id
}

let cids = 0
const sendFrame = (channel: string, text = 'hello') => ({
  t: 'send',
  channel,
  cid: `cid-${++cids}`,
  body: { text },
})
const isMessage = (frame: Frame, seq: unknown) =>
  frame.t === 'event' &&
  (frame['event'] as { kind: string; seq?: number }).kind === 'message' &&
  (frame['event'] as { seq?: number }).seq === seq
const messages = (client: RawClient) =>
  client.frames.filter(
    (frame) => frame.t === 'event' && (frame['event'] as { kind: string }).kind === 'message',
  )

test('two people talk: each message comes to both, on every device, with its cid', async () => {
  const channel = await channelOf('ann', ['bob'], 'direct')
  expect(await channelOf('bob', ['ann'], 'direct')).toBe(channel)
  const [phone, laptop, bob] = await Promise.all([
    hello('ann', 'phone'),
    hello('ann', 'laptop'),
    hello('bob', 'pc'),
  ])
  const ack = await phone.ask({ t: 'send', channel, cid: 'first', body: { text: 'hi Bob' } })
  expect(ack).toMatchObject({ t: 'ack', channel, seq: 1, cid: 'first', duplicate: false, level: 'region' })
  expect(String(ack['at'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  for (const client of [phone, laptop, bob]) {
    const frame = await client.next((candidate) => isMessage(candidate, 1))
    expect(frame).toMatchObject({
      event: {
        channel,
        seq: 1,
        from: 'ann',
        device: 'phone',
        cid: 'first',
        body: { text: 'hi Bob' },
        at: ack['at'],
      },
    })
    const [epoch, n] = String(frame['cursor']).split(':')
    expect(frame['prev']).toBe(`${epoch}:${Number(n) - 1}`)
  }
  expect(
    await laptop.ask({ t: 'send', channel, cid: 'first', body: { text: 'something else' } }),
  ).toMatchObject({ seq: 1, at: ack['at'], duplicate: true })
  for (const client of [phone, laptop, bob]) client.close()
})

test('what was missed comes back in order, then synced, then live', async () => {
  const channel = await channelOf('cid', ['dan'])
  const before = await hello('dan', 'tablet')
  const writer = await hello('cid', 'pc')
  await writer.ask(sendFrame(channel))
  const seen = await before.next((frame) => isMessage(frame, 1))
  before.cut()
  for (let i = 0; i < 50; i++) await writer.ask(sendFrame(channel, `missed ${i}`))
  const after = await hello('dan', 'tablet', String(seen['cursor']))
  await after.next((frame) => frame.t === 'synced')
  expect(messages(after).map((frame) => (frame['event'] as { seq: number }).seq)).toEqual(
    Array.from({ length: 50 }, (_, i) => i + 2),
  )
  const ack = await writer.ask(sendFrame(channel, 'live'))
  await after.next((frame) => isMessage(frame, ack['seq']))
  const again = after.frames.length
  after.send({ t: 'sync', id: 99, cursor: String(seen['cursor']) })
  await after.next((frame) => frame.t === 'synced', again)
  expect(after.frames.slice(again).filter((frame) => frame.t === 'event').length).toBe(51)
  for (const client of [writer, after]) client.close()
})

test('after a reset, the snapshot’s cursor goes on without a gap', async () => {
  const channel = await channelOf('eve', ['fay'])
  const writer = await hello('eve', 'pc')
  await writer.ask(sendFrame(channel))
  const lost = await hello('fay', 'phone', 'unknown:7')
  expect(await lost.next((frame) => frame.t === 'reset')).toMatchObject({ reason: 'epoch' })
  lost.close()
  const snapshot = await http(weft.url, 'GET', '/v1/sync', { token: token('fay') })
  expect(snapshot).toMatchObject({
    status: 200,
    body: {
      channels: [{ id: channel, head: 1, unread: 1, read: 0, muted: false, kind: 'group', members: 2 }],
    },
  })
  const ack = await writer.ask(sendFrame(channel, 'after the snapshot'))
  const back = await hello('fay', 'phone', String(snapshot.body['cursor']))
  await back.next((frame) => isMessage(frame, ack['seq']))
  for (const client of [writer, back]) client.close()
})

test('unread counts what others wrote after my mark; sending moves my mark', async () => {
  const channel = await channelOf('gus', ['hal'])
  const [gus, hal] = await Promise.all([hello('gus', 'pc'), hello('hal', 'pc')])
  for (let i = 0; i < 3; i++) await gus.ask(sendFrame(channel))
  const view = async (user: string) =>
    (await http(weft.url, 'GET', `/v1/channels/${channel}`, { token: token(user) })).body['channel']
  expect(await view('hal')).toMatchObject({ head: 3, read: 0, unread: 3, role: 'member' })
  expect(await view('gus')).toMatchObject({ head: 3, read: 3, unread: 0, role: 'owner' })
  expect(await hal.ask({ t: 'read', channel, seq: 2 })).toMatchObject({ t: 'ok' })
  await hal.next((frame) => frame.t === 'event' && (frame['event'] as { kind: string }).kind === 'read')
  expect(await view('hal')).toMatchObject({ read: 2, unread: 1 })
  await hal.ask(sendFrame(channel))
  expect(await view('hal')).toMatchObject({ read: 4, unread: 0 })
  const listed = await http(weft.url, 'GET', '/v1/channels', { token: token('hal') })
  expect(listed.body).toMatchObject({ items: [{ id: channel, head: 4, unread: 0 }], next: null })
  for (const client of [gus, hal]) client.close()
})

test('one who joins later reads what comes after; one who left gets nothing more', async () => {
  const channel = await channelOf('ivy', ['jim'])
  const [ivy, kim] = await Promise.all([hello('ivy', 'pc'), hello('kim', 'pc')])
  await ivy.ask(sendFrame(channel))
  expect(
    (await http(weft.url, 'PUT', `/v1/channels/${channel}/members/kim`, { token: token('ivy') })).status,
  ).toBeLessThan(300)
  await kim.next(
    (frame) => frame.t === 'event' && (frame['event'] as { change?: string }).change === 'joined',
  )
  const ack = await ivy.ask(sendFrame(channel))
  await kim.next((frame) => isMessage(frame, ack['seq']))
  expect(
    (await http(weft.url, 'GET', `/v1/channels/${channel}`, { token: token('kim') })).body['channel'],
  ).toMatchObject({ unread: 1, members: 3 })
  expect(
    (await http(weft.url, 'DELETE', `/v1/channels/${channel}/members/kim`, { token: token('kim') })).status,
  ).toBe(204)
  await kim.next((frame) => frame.t === 'event' && (frame['event'] as { change?: string }).change === 'left')
  await ivy.ask(sendFrame(channel))
  expect(await kim.ask(sendFrame(channel))).toMatchObject({ t: 'error', code: 'forbidden' })
  expect(messages(kim).length).toBe(1)
  for (const client of [ivy, kim]) client.close()
})

test('one who reads too slowly is closed, and misses nothing after coming back; others go on', {
  timeout: 60_000,
}, async () => {
  const channel = await channelOf('liz', ['max'])
  const [liz, slow] = await Promise.all([hello('liz', 'pc'), hello('max', 'slow')])
  const start = String((await slow.next((frame) => frame.t === 'welcome'))['cursor'])
  slow.pauseReading()
  const text = 'x'.repeat(12_000)
  const count = 800
  for (let from = 0; from < count; from += 50)
    await Promise.all(Array.from({ length: 50 }, () => liz.ask(sendFrame(channel, text))))
  slow.resumeReading()
  expect(await slow.closed).toBe(1013)
  const back = await hello('max', 'slow', start)
  await back.next((frame) => frame.t === 'synced')
  expect(messages(back).map((frame) => (frame['event'] as { seq: number }).seq)).toEqual(
    Array.from({ length: count }, (_, i) => i + 1),
  )
  for (const client of [liz, back]) client.close()
})

test('a full disk: sends answer unavailable, reading goes on, and it recovers when there is room', async () => {
  const channel = await channelOf('ned', [])
  const ned = await hello('ned', 'pc')
  await ned.ask(sendFrame(channel))
  const filler = join(folder.path, 'filler')
  execFileSync('fallocate', ['-l', String(2 * GIB), filler])
  const again = () => ned.ask({ t: 'send', channel, cid: 'the-one', body: { text: 'x' } })
  try {
    await until(
      async () => (await ned.ask(sendFrame(channel)))['code'] === 'unavailable',
      'sends are refused',
    )
    const refused = await again()
    expect(refused).toMatchObject({ code: 'unavailable' })
    expect(Number(refused['retry_after'])).toBeGreaterThan(0)
    expect((await wholeHistory(weft.url, token('ned'), channel)).length).toBeGreaterThan(0)
  } finally {
    await rm(filler)
  }
  await until(async () => (await again()).t === 'ack', 'sends are acked again')
  expect(await again()).toMatchObject({ t: 'ack', duplicate: true })
  ned.close()
})

test('accounts: sign up, log in, refresh once, log out', async () => {
  const post = (path: string, body: object) => http(weft.url, 'POST', path, { body })
  const account = { name: 'Olga', password: 'correct horse battery' }
  expect(await post('/v1/accounts', { ...account, display_name: 'Olga O.' })).toMatchObject({
    status: 201,
    body: { user: { name: 'Olga', display_name: 'Olga O.' } },
  })
  const session = await post('/v1/sessions', { ...account, name: 'oLGA', device: 'phone' })
  expect(session).toMatchObject({
    status: 201,
    body: { user: { name: 'Olga' }, expires_in: expect.any(Number) },
  })
  const access = String(session.body['access_token'])
  const client = await RawClient.hello(weft.ws, { token: access, device: 'phone' })
  const jwks = await http(weft.url, 'GET', '/.well-known/jwks.json')
  expect(jwks.body).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519' }] })
  expect(JSON.stringify(jwks.body)).not.toContain('"d"')

  const first = { refresh_token: String(session.body['refresh_token']) }
  const rotated = await post('/v1/sessions/refresh', first)
  expect(rotated.status).toBe(200)
  expect(await post('/v1/sessions/refresh', first)).toMatchObject({ status: 401 })
  // Using it twice ended the whole family: the rotated one and the live session with it.
  expect(await post('/v1/sessions/refresh', { refresh_token: rotated.body['refresh_token'] })).toMatchObject({
    status: 401,
  })
  expect(await client.closed).toBe(4401)

  const second = await post('/v1/sessions', { ...account, device: 'laptop' })
  const bearer = { token: String(second.body['access_token']) }
  expect((await http(weft.url, 'GET', '/v1/channels', bearer)).status).toBe(200)
  expect((await http(weft.url, 'DELETE', '/v1/sessions/current', bearer)).status).toBe(204)
  const isRefused = async () => (await http(weft.url, 'GET', '/v1/channels', bearer)).status === 401
  await until(isRefused, 'the token is refused')
})

test('a name that many want at once is given to one, whatever its case and their passwords', async () => {
  const account = (i: number) => ({ name: i % 2 === 0 ? 'wanted' : 'WANTED', password: 'the same password' })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => http(weft.url, 'POST', '/v1/accounts', { body: account(i) })),
  )
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
    201,
    ...Array.from({ length: 19 }, () => 409),
  ])
})

test('SIGTERM: each client is told when to leave and to where, then closed with 1001; nothing is lost', {
  timeout: 60_000,
}, async () => {
  const own = await temporaryFolder('drain')
  const other = await startWeft(own.path, { WEFT_TOKEN_SECRET: SECRET, WEFT_DRAIN_MS: '400' })
  const clients = await Promise.all(
    Array.from({ length: 5 }, (_, i) =>
      RawClient.hello(other.ws, { token: token(`drained-${i}`), device: 'd' }),
    ),
  )
  const stopped = other.stop()
  for (const client of clients) {
    const drain = await client.next((frame) => frame.t === 'drain')
    expect(Number(drain['in'])).toBeGreaterThanOrEqual(0)
    expect(Array.isArray(drain['edges'])).toBe(true)
    expect(await client.closed).toBe(1001)
  }
  await stopped
  expect(await other.exited).toBe(0)
  await own.remove()
})
