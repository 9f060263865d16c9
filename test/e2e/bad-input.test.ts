import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnyClient, SseClient } from '../support/http-clients.ts'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { openOver, TRANSPORTS, type TransportName } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

/**
 * What a client may do wrong, by mistake or on purpose: it gets an error that names what is wrong, or is closed, nothing is
 * lost, and two others talk on all the while.
 */
const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)
const PAUSE_MS = 10
/** Far more than a message takes, even on a busy machine; what holds others up, or starves them, takes longer. */
const SLOW_MS = 10_000

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let talk: Talk
beforeAll(async () => {
  folder = await temporaryFolder('bad-input')
  weft = await startWeft(folder.path, {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_LIMITS: 'on',
    WEFT_EDGE_BUFFER_BYTES: String(256 * 1024),
  })
  talk = await startTalk()
})
afterAll(async () => {
  const { said, heard, slowestMs } = await talk.stop()
  await weft.stop()
  await folder.remove()
  expect(said).toBeGreaterThan(50)
  expect(heard).toEqual(Array.from({ length: said }, (_, i) => i + 1))
  expect(slowestMs).toBeLessThan(SLOW_MS)
})

type Talk = { stop: () => Promise<{ said: number; heard: number[]; slowestMs: number }> }

/** Two people who have nothing to do with any of it: every message is acked, and comes, in its order. */
async function startTalk(): Promise<Talk> {
  const channel = await group('calm-ann', ['calm-bob'])
  const [ann, bob] = await Promise.all([open('websocket', 'calm-ann'), open('sse', 'calm-bob')])
  const over = new AbortController()
  let said = 0
  let slowestMs = 0
  const talking = (async () => {
    while (!over.signal.aborted) {
      const began = performance.now()
      const ack = await ann.ask({ t: 'send', channel, cid: `talk-${said}`, body: `no. ${said}` })
      if (ack.t !== 'ack') throw new Error(`the talk was disturbed: ${JSON.stringify(ack)}`)
      said++
      await bob.next((frame) => eventOf(frame)['seq'] === ack['seq'])
      slowestMs = Math.max(slowestMs, performance.now() - began)
      await wait(PAUSE_MS)
    }
  })()
  // It is looked at in the end.
  talking.catch(() => undefined)
  return {
    stop: async () => {
      over.abort()
      await talking
      await Promise.all([ann.cut(), bob.cut()])
      return { said, heard: seqs(bob.frames), slowestMs }
    },
  }
}

const open = (name: TransportName, user: string, device = 'pc', cursor?: string): Promise<AnyClient> =>
  openOver[name](weft.url, { token: token(user), device, ...(cursor === undefined ? {} : { cursor }) })
async function group(by: string, members: readonly string[] = []): Promise<string> {
  const { status, body } = await http(weft.url, 'POST', '/v1/channels', {
    token: token(by),
    body: { kind: 'group', name: 'Tea', members },
  })
  expect(status).toBe(201)
  return (body['channel'] as { id: string }).id
}
const history = async (user: string, channel: string) => {
  const { body } = await http(weft.url, 'GET', `/v1/channels/${channel}/messages`, { token: token(user) })
  return body['items'] as { seq: number; body: unknown; reactions?: { emoji: string; count: number }[] }[]
}
const eventOf = (frame: Frame) => (frame.t === 'event' ? (frame['event'] as Record<string, unknown>) : {})
const seqs = (frames: readonly Frame[]) =>
  frames.map(eventOf).flatMap(({ kind, seq }) => (kind === 'message' ? [Number(seq)] : []))
const isSynced = ({ t }: Frame) => t === 'synced'
/** How many answers were of each kind: `ok`, or the error's code. */
const tally = (answers: readonly Frame[]) => {
  const counts: Record<string, number> = {}
  for (const { t, code } of answers) {
    const kind = t === 'error' ? String(code) : t
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
/** So many pictures that are an emoji each. */
const emoji = (count: number): string[] => {
  const found: string[] = []
  for (let at = 0x1f300; found.length < count; at++) {
    const picture = String.fromCodePoint(at)
    if (/^\p{RGI_Emoji}$/v.test(picture) && !/\p{Emoji_Modifier}/u.test(picture)) found.push(picture)
  }
  return found
}
/** The transport is part of each name: suites don't meet each other. */
const names = (suite: string, ...people: string[]) => people.map((person) => `${person}-${suite}`)

describe.each(TRANSPORTS)('over %s', (name) => {
  test('messages of others, and what was deleted, can’t be edited, deleted or answered in a thread', async () => {
    const [ann = '', eve = ''] = names(`edit-${name}`, 'ann', 'eve')
    const channel = await group(ann, [eve])
    const [a, e] = await Promise.all([open(name, ann), open(name, eve)])
    for (const i of range(2)) await a.ask({ t: 'send', channel, cid: `m${i}`, body: `text ${i}` })
    expect(await e.ask({ t: 'edit', channel, seq: 1, body: 'not what she said' })).toMatchObject({
      code: 'forbidden',
    })
    expect(await e.ask({ t: 'delete', channel, seq: 1 })).toMatchObject({ code: 'forbidden' })
    expect(await e.ask({ t: 'edit', channel, seq: 3, body: 'x' })).toMatchObject({ code: 'not_found' })
    expect(await a.ask({ t: 'delete', channel, seq: 2 })).toMatchObject({ t: 'ok' })
    const reply = { t: 'send', channel, cid: 'r', body: 'to nothing', reply_to: 2 }
    expect(await e.ask(reply)).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('reply_to'),
    })
    expect(await a.ask({ t: 'edit', channel, seq: 2, body: 'back' })).toMatchObject({ code: 'conflict' })
    expect(await e.ask({ t: 'react', channel, seq: 2, emoji: '👍', on: true })).toMatchObject({
      code: 'conflict',
    })
    expect(await e.ask({ ...reply, cid: 'r2', reply_to: 99 })).toMatchObject({ code: 'bad_frame' })
    expect(await e.ask({ t: 'read', channel, seq: 3 })).toMatchObject({
      code: 'bad_frame',
      message: expect.stringContaining('seq'),
    })
    expect(await e.ask({ t: 'send', channel, cid: 'ok', body: 'fine' })).toMatchObject({ t: 'ack', seq: 3 })
    expect((await history(eve, channel)).map(({ body }) => body)).toMatchObject([
      'text 0',
      expect.anything(),
      'fine',
    ])
    await Promise.all([a.cut(), e.cut()])
  })

  test('a flood of typing disturbs nobody, and reaches them a few times a second at most', async () => {
    const [ann = '', eve = ''] = names(`typing-${name}`, 'ann', 'eve')
    const channel = await group(ann, [eve])
    const [a, e] = await Promise.all([open('websocket', ann), open(name, eve)])
    await a.next(isSynced)
    const count = name === 'websocket' ? 5_000 : 200
    const flood = range(count).map((i) => e.tell({ t: 'typing', channel, on: i % 2 === 0 }))
    // What has no answer says what is wrong only where it is asked to.
    if (name === 'websocket') await e.ask({ t: 'ping' })
    const refused = await Promise.allSettled(flood)
    expect(await e.ask({ t: 'send', channel, cid: 'done', body: 'enough' })).toMatchObject({ t: 'ack' })
    await a.next((frame) => eventOf(frame)['cid'] === 'done')
    const signs = a.frames.filter((frame) => eventOf(frame)['kind'] === 'typing').length
    expect(signs).toBeGreaterThan(0)
    expect(signs).toBeLessThan(100)
    expect(refused.filter(({ status }) => status === 'rejected')).toEqual([])
    await Promise.all([a.cut(), e.cut()])
  })

  test('watching 100,000 people is too much, in one frame and in many; those within the limit are watched', async () => {
    const [eve = ''] = names(`watch-${name}`, 'eve')
    const people = range(100_000).map((i) => `watched-${i}`)
    const all = await open(name, eve, 'all')
    await all.next(isSynced)
    expect(await all.raw(JSON.stringify({ t: 'watch', id: 7, users: people }))).toMatchObject({
      code: 'too_large',
    })
    if (name === 'websocket') expect(await all.closed).toBe(4413)
    const many = await open(name, eve, 'many')
    await many.next(isSynced)
    expect(await many.ask({ t: 'watch', users: people.slice(0, 1_001) })).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('users'),
    })
    const answers = await Promise.all(
      range(100).map((i) => many.ask({ t: 'watch', users: people.slice(i * 1_000, (i + 1) * 1_000) })),
    )
    expect(tally(answers)).toEqual({ ok: 5, too_large: 95 })
    await Promise.all([all.cut(), many.cut()])
  })

  test('a session ends, and its tokens with it, the moment its person logs out', async () => {
    const [olga = ''] = names(`out-${name}`, 'olga')
    const account = { name: olga, password: 'correct horse battery' }
    await http(weft.url, 'POST', '/v1/accounts', { body: account })
    const logIn = async (device: string) => {
      const { body } = await http(weft.url, 'POST', '/v1/sessions', { body: { ...account, device } })
      return String(body['access_token'])
    }
    const [access, other] = [await logIn('phone'), await logIn('pc')]
    const client = await openOver[name](weft.url, { token: access, device: 'phone' })
    const stays = await openOver[name](weft.url, { token: other, device: 'pc' })
    await Promise.all([client.next(isSynced), stays.next(isSynced)])
    expect((await http(weft.url, 'DELETE', '/v1/sessions/current', { token: access })).status).toBe(204)
    expect(await client.closed).toBe(4401)
    const again = () => openOver[name](weft.url, { token: access, device: 'phone' })
    await expect(again()).rejects.toThrow()
    expect((await http(weft.url, 'GET', '/v1/me', { token: access })).status).toBe(401)
    // Another device is removed from this one: it is gone as quickly.
    const removed = await http(weft.url, 'DELETE', '/v1/me/devices/pc', { token: await logIn('tablet') })
    expect(removed.status).toBe(204)
    expect(await stays.closed).toBe(4401)
  })
})

test('1,000 different emoji on one message: the first stay, counted, the others are refused; 1,000 in one are none', async () => {
  const [ann = '', ...people] = names('react', 'ann', ...range(20).map((i) => `p${i}`))
  const channel = await group(ann, people)
  const a = await open('websocket', ann)
  await a.ask({ t: 'send', channel, cid: 'm', body: 'react to this' })
  const clients = await Promise.all(people.map((user, i) => open(TRANSPORTS[i % 3] ?? 'poll', user)))
  const pictures = emoji(1_000)
  const answers = await Promise.all(
    clients.flatMap((client, at) =>
      pictures
        .filter((_, i) => i % clients.length === at)
        .map((picture) => client.ask({ t: 'react', channel, seq: 1, emoji: picture, on: true })),
    ),
  )
  expect(tally(answers)).toEqual({ ok: 20, too_large: 980 })
  expect(answers.find(({ t }) => t === 'error')?.['message']).toContain('emoji')
  const [message] = await history(ann, channel)
  const shown = message?.reactions ?? []
  expect(shown.map(({ count }) => count)).toEqual(range(20).map(() => 1))
  const [first] = shown
  // One that is there may be joined in by everybody.
  const joined = clients.map((client) =>
    client.ask({ t: 'react', channel, seq: 1, emoji: first?.emoji, on: true }),
  )
  expect(tally(await Promise.all(joined))).toEqual({ ok: 20 })
  for (const bad of ['👍'.repeat(1_000), '👍👍', 'not an emoji', '<b>', ''])
    expect(await a.ask({ t: 'react', channel, seq: 1, emoji: bad, on: true })).toMatchObject({
      code: 'bad_frame',
      message: expect.stringContaining('emoji'),
    })
  await Promise.all([a, ...clients].map((client) => client.cut()))
})

test('a ticket is good once, for a moment, for whom it was made', async () => {
  const { body } = await http(weft.url, 'POST', '/v1/tickets', { token: token('ticket-ann') })
  const ticket = String(body['ticket'])
  const eve = { token: token('ticket-eve'), device: 'pc' }
  const stream = await SseClient.open(weft.url, eve, { ticket })
  expect(stream.frames[0]).toMatchObject({ t: 'welcome', user: 'ticket-ann' })
  await expect(SseClient.open(weft.url, eve, { ticket })).rejects.toThrow('401')
  await expect(SseClient.open(weft.url, eve, { ticket: 'x'.repeat(43) })).rejects.toThrow('401')
  const polled = await http(weft.url, 'GET', `/v1/poll?wait=0&ticket=${ticket}`)
  expect(polled).toMatchObject({ status: 401, body: { error: { code: 'unauthenticated' } } })
  // A command of a session that is another’s.
  const theirs = String(stream.frames[0]?.['session'])
  const response = await fetch(`${weft.url}/v1/commands`, {
    method: 'POST',
    headers: { authorization: `Bearer ${eve.token}`, 'weft-session': theirs },
    body: JSON.stringify({ t: 'presence', id: 1, status: 'busy' }),
  })
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { t: 'error', id: 1, code: 'not_found' },
  ])
  await stream.cut()
})

test('readers that never read are cut off, whatever their transport, and miss nothing when they come back', {
  timeout: 120_000,
}, async () => {
  const [ann = '', eve = ''] = names('slow', 'ann', 'eve')
  const channel = await group(ann, [eve])
  const hello = { token: token(eve), device: 'socket' }
  const socket = await RawClient.hello(weft.ws, hello)
  const start = String((await socket.next(({ t }) => t === 'welcome'))['cursor'])
  const authorized = { headers: { authorization: `Bearer ${hello.token}` } }
  const stream = await fetch(`${weft.url}/v1/events?device=stream&cursor=${start}`, authorized)
  const polled = await http(weft.url, 'GET', `/v1/poll?device=poll&wait=0&cursor=${start}`, {
    token: hello.token,
  })
  socket.pauseReading()

  const a = await open('websocket', ann)
  const body = 'x'.repeat(15_000)
  const count = 900
  for (let from = 0; from < count; from += 30)
    await Promise.all(range(30).map((i) => a.ask({ t: 'send', channel, cid: `big-${from + i}`, body })))
  socket.resumeReading()
  expect(await socket.closed).toBe(1013)
  const text = await stream.text()
  expect(text).toContain('"code":1013')
  expect(text).not.toContain(`"big-${count - 1}"`)
  const session = String(polled.body['session'])
  const command = (frame: object) =>
    fetch(`${weft.url}/v1/commands?device=poll`, {
      method: 'POST',
      headers: { ...authorized.headers, 'weft-session': session },
      body: JSON.stringify(frame),
    })
  expect((await command({ t: 'presence', id: 1, status: 'busy' })).status).toBe(404)

  for (const [name, device] of [
    ['websocket', 'socket'],
    ['sse', 'stream'],
    ['poll', 'poll'],
  ] as const) {
    expect(await allSince(name, eve, device, start, count)).toEqual(range(count).map((i) => i + 1))
  }
  await a.cut()
})

/** Messages from a cursor on: whoever is cut off again for reading too slowly comes back from where it was. */
async function allSince(name: TransportName, user: string, device: string, start: string, count: number) {
  const got: number[] = []
  let cursor: string | undefined = start
  while (got.length < count) {
    const client = await open(name, user, device, cursor)
    await Promise.race([
      client.closed,
      until(() => got.length + seqs(client.frames).length >= count, 'all came'),
    ])
    got.push(...seqs(client.frames))
    cursor = client.cursor
    await client.cut()
  }
  return got
}

test('numbers that are out of all bounds, names that can’t be seen: refused, and the server goes on', async () => {
  const channel = await group('odd-eve')
  const eve = await open('websocket', 'odd-eve')
  const refused = async (frame: object, code: string, part: string) =>
    expect(await eve.ask(frame)).toMatchObject({ code, message: expect.stringContaining(part) })
  await refused({ t: 'open', channel, after: 2 ** 53 - 1 }, 'bad_frame', 'after')
  await refused({ t: 'send', channel, cid: 'a', body: 'x', quote: 2 ** 50 }, 'bad_frame', 'quote')
  await refused({ t: 'send', channel, cid: 'a', body: 'x', reply_to: 2 ** 48 }, 'bad_frame', 'reply_to')
  await refused({ t: 'read', channel, seq: 2 ** 48 - 1 }, 'bad_frame', 'seq')
  await refused({ t: 'delete', channel, seq: 2 ** 47 }, 'not_found', 'seq')
  const status = async (method: string, path: string, raw?: string) =>
    (await http(weft.url, method, path, { token: token('odd-eve'), ...(raw === undefined ? {} : { raw }) }))
      .status
  for (const query of [
    'wait=56',
    'wait=-1',
    'wait=abc',
    'wait=',
    `cursor=e:${2 ** 48}`,
    'cursor=nonsense',
    'device=a/b',
  ])
    expect(await status('GET', `/v1/poll?${query}`)).toBe(400)
  for (const query of [`around=${2 ** 53 - 1}`, `after=${2 ** 48 - 1}`, `cursor=after:${2 ** 48}`])
    expect(await status('GET', `/v1/channels/${channel}/messages?${query}`)).toBe(400)
  for (const query of ['after', 'before', 'around'])
    expect(await status('GET', `/v1/channels/${channel}/messages?${query}=${2 ** 47}`)).toBe(200)
  for (const name of ['   ', 'a\0b', 'Ann\u202egnp.exe', 'a\nb'])
    expect(await status('POST', '/v1/channels', JSON.stringify({ kind: 'group', name }))).toBe(400)
  expect(await status('PATCH', '/v1/me', '{"display_name":"a\\ud83d"}')).toBe(400)
  expect(
    await status('PATCH', '/v1/me/settings', `{"app":{"k":${'['.repeat(9_000)}${']'.repeat(9_000)}}}`),
  ).toBe(400)
  expect(
    await eve.ask({ t: 'send', channel, cid: 'a', body: { __proto__: null, constructor: 1 } }),
  ).toMatchObject({
    seq: 1,
  })
  await eve.cut()
})
