import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const PASSWORD = 'correct horse battery'

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let ann: string
let channel: string
let strangers: string

beforeAll(async () => {
  folder = await temporaryFolder('errors')
  weft = await startWeft(folder.path, {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_LIMITS: 'on',
    WEFT_HEARTBEAT_MS: '1000',
    WEFT_HELLO_MS: '1000',
  })
  ann = mintToken(SECRET, 'ann')
  channel = await makeGroup(ann, ['bob'])
  strangers = await makeGroup(mintToken(SECRET, 'eve'), ['dan'])
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

async function makeGroup(token: string, members: string[]): Promise<string> {
  const { status, body } = await http(weft.url, 'POST', '/v1/channels', {
    token,
    body: { kind: 'group', name: 'Tea', members },
  })
  expect(status).toBe(201)
  return (body['channel'] as { id: string }).id
}

const connect = (user = 'ann', device = `device-${Math.random().toString(36).slice(2)}`, cursor?: string) =>
  RawClient.hello(weft.ws, {
    token: mintToken(SECRET, user),
    device,
    ...(cursor === undefined ? {} : { cursor }),
  })

const send = (fields: object) => ({
  t: 'send',
  channel,
  cid: `cid-${Math.random().toString(36).slice(2)}`,
  body: { text: 'hi' },
  ...fields,
})
const long = 'x'.repeat(10_000)

describe('a bad frame gets an error that names what is wrong, and the connection goes on', () => {
  const cases: [name: string, frame: () => object | string | Buffer, code: string, names: RegExp][] = [
    ['not JSON', () => 'hello?', 'bad_frame', /JSON/],
    ['JSON, but no object', () => '[1,2]', 'bad_frame', /./],
    ['no t', () => ({ id: 1 }), 'bad_frame', /\bt\b/],
    ['an unknown t', () => ({ t: 'dance', id: 1 }), 'bad_frame', /dance|\bt\b/],
    ['a binary frame', () => Buffer.from([1, 2, 3]), 'bad_frame', /./],
    ['a binary frame that is not UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'bad_frame', /binary/],
    ['a missing field', () => ({ t: 'send', id: 1, channel, cid: 'a' }), 'bad_frame', /body/],
    ['a wrong type', () => ({ ...send({ id: 1 }), channel: 7 }), 'bad_frame', /channel/],
    ['an id of no kind', () => ({ ...send({}), id: 'one' }), 'bad_frame', /id/],
    ['a channel with dots', () => send({ id: 1, channel: 'a.b.c' }), 'bad_frame', /channel/],
    ['a channel with wildcards', () => send({ id: 1, channel: '>' }), 'bad_frame', /channel/],
    ['a channel with spaces', () => send({ id: 1, channel: 'a b' }), 'bad_frame', /channel/],
    ['a channel of 10,000 characters', () => send({ id: 1, channel: long }), 'bad_frame', /channel/],
    ['a cid with a star', () => send({ id: 1, cid: '*' }), 'bad_frame', /cid/],
    ['mentions that are no list', () => send({ id: 1, mentions: 'all' }), 'bad_frame', /mentions/],
    ['a body that is a number', () => send({ id: 1, body: 7 }), 'bad_frame', /body/],
    [
      'a text over 16 KiB',
      () => send({ id: 1, body: { text: 'x'.repeat(16 * 1024 + 1) } }),
      'too_large',
      /16/,
    ],
    [
      'a text over 16 KiB by its bytes alone',
      () => send({ id: 1, body: { text: 'é'.repeat(8 * 1024 + 1) } }),
      'too_large',
      /16/,
    ],
    ['a channel that does not exist', () => send({ id: 1, channel: 'nowhere' }), 'not_found', /./],
    ['a stranger’s channel', () => send({ id: 1, channel: strangers }), 'not_found', /./],
    ['a read mark past the head', () => ({ t: 'read', id: 1, channel, seq: 1_000_000 }), 'bad_frame', /seq/],
    ['a negative seq', () => ({ t: 'read', id: 1, channel, seq: -1 }), 'bad_frame', /seq/],
    ['a cursor of no shape', () => ({ t: 'sync', id: 1, cursor: 'yesterday' }), 'bad_frame', /cursor/],
    ['hello twice', () => ({ t: 'hello', id: 1, token: ann, device: 'd2' }), 'bad_frame', /hello/],
    ['a level that no second region can give', () => send({ id: 1, ack: 'global' }), 'unavailable', /region/],
  ]
  test.each(cases)('%s', async (_name, frame, code, names) => {
    const client = await connect()
    const made = frame()
    if (typeof made === 'string' || Buffer.isBuffer(made)) client.sendRaw(made)
    else client.send(made)
    const error = await client.next((candidate) => candidate.t === 'error')
    expect(error).toMatchObject({ code })
    expect(String(error['message'])).toMatch(names)
    expect(await client.ask(send({}))).toMatchObject({ t: 'ack', level: 'region', duplicate: false })
    client.close()
  })
})

test('the largest text is taken, and comes back as it was', async () => {
  const client = await connect()
  const text = `${'ü'.repeat(8 * 1024 - 2)}🎈`
  const ack = await client.ask(send({ body: { text } }))
  expect(ack.t).toBe('ack')
  const event = await client.next(
    (frame) => frame.t === 'event' && (frame['event'] as { seq?: number }).seq === ack['seq'],
  )
  expect(event).toMatchObject({ event: { body: { text } } })
  client.close()
})

describe('close codes', () => {
  test('4413 for a frame over 64 KiB', async () => {
    const client = await connect()
    client.sendRaw(`{"t":"ping","pad":"${'x'.repeat(70 * 1024)}"}`)
    expect(await client.closed).toBe(4413)
  })
  test('4400 for ten bad frames in ten seconds', async () => {
    const client = await connect()
    for (let i = 0; i < 10; i++) client.sendRaw('garbage')
    expect(await client.closed).toBe(4400)
    expect(client.frames.filter(({ t }) => t === 'error').length).toBeGreaterThanOrEqual(9)
  })
  test('4401 without a hello in time', async () => {
    expect(await (await RawClient.open(weft.ws)).closed).toBe(4401)
  })
  test('4408 when nothing is heard for two heartbeats', async () => {
    const client = await connect()
    client.mute()
    expect(await client.closed).toBe(4408)
  })
  test('4409 for the older session of one device', async () => {
    const older = await connect('ann', 'the-same-device')
    const newer = await connect('ann', 'the-same-device')
    expect(await older.closed).toBe(4409)
    expect(await newer.ask({ t: 'ping' })).toMatchObject({ t: 'pong' })
    newer.close()
  })
})

describe('tokens', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const unsigned = (head: object, claims: object) => `${encode(head)}.${encode(claims)}`
  const hmac = (data: string, key: string) =>
    `${data}.${createHmac('sha256', key).update(data).digest('base64url')}`
  const ed25519 = () => {
    const data = unsigned(
      { alg: 'EdDSA', kid: 'mine' },
      { sub: 'ann', exp: now + 60, iss: 'weft', aud: 'weft' },
    )
    return `${data}.${sign(null, Buffer.from(data), generateKeyPairSync('ed25519').privateKey).toString('base64url')}`
  }
  test.each<[string, () => string]>([
    ['no token at all', () => 'nonsense'],
    ['an expired one', () => mintToken(SECRET, 'ann', { exp: now - 10 })],
    ['one of another key', () => mintToken('another secret of the same length!!', 'ann')],
    ['one without an expiry', () => mintToken(SECRET, 'ann', { exp: undefined })],
    [
      'one that says that it needs no signature',
      () => `${unsigned({ alg: 'none' }, { sub: 'ann', exp: now + 60 })}.`,
    ],
    [
      'one whose claims were changed',
      () => {
        const [head, , signature] = ann.split('.')
        return `${head}.${encode({ sub: 'bob', exp: now + 60 })}.${signature}`
      },
    ],
    ['one whose user is no id', () => mintToken(SECRET, 'ann.bob.*')],
    ['one of an unknown Ed25519 key', ed25519],
    [
      'a key meant for another algorithm',
      () => hmac(unsigned({ alg: 'HS512' }, { sub: 'ann', exp: now + 60 }), SECRET),
    ],
  ])('%s is refused, on the socket and over HTTP', async (_name, token) => {
    const client = await RawClient.open(weft.ws)
    client.send({ t: 'hello', id: 1, token: token(), device: 'd1' })
    expect(await client.next((frame) => frame.t === 'error')).toMatchObject({ code: 'unauthenticated' })
    expect(await client.closed).toBe(4401)
    expect(await http(weft.url, 'GET', '/v1/channels', { token: token() })).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthenticated' } },
    })
  })
  test('one in a URL is never taken', async () => {
    expect((await http(weft.url, 'GET', `/v1/channels?token=${ann}&access_token=${ann}`)).status).toBe(401)
  })
})

describe('cursors that are not mine', () => {
  test.each<[string, (mine: string) => string, string]>([
    ['another epoch', (mine) => `other:${mine.split(':')[1]}`, 'epoch'],
    ['past the head', (mine) => `${mine.split(':')[0]}:999999999`, 'epoch'],
  ])('%s: reset, then the session is live from the head', async (_name, make, reason) => {
    const first = await connect()
    const mine = String((await first.next((frame) => frame.t === 'welcome'))['cursor'])
    first.close()
    const client = await connect('ann', 'reset-device', make(mine))
    expect(await client.next((frame) => frame.t === 'reset')).toMatchObject({
      reason,
      cursor: expect.stringMatching(/^[^:]+:\d+$/),
    })
    const ack = await client.ask(send({}))
    await client.next(
      (frame) => frame.t === 'event' && (frame['event'] as { seq?: number }).seq === ack['seq'],
    )
    client.close()
  })
  test('of another user: reset', async () => {
    const bob = await connect('bob')
    const cursor = String((await bob.next((frame) => frame.t === 'welcome'))['cursor'])
    bob.close()
    const client = await connect('ann', 'a-thief', cursor)
    expect(await client.next((frame) => frame.t === 'reset')).toMatchObject({ reason: 'epoch' })
    client.close()
  })
})

describe('HTTP', () => {
  type Case = [
    name: string,
    method: string,
    path: () => string,
    options: () => object,
    status: number,
    code: string,
  ]
  const mine = () => ({ token: ann })
  test.each<Case>([
    ['no token', 'GET', () => '/v1/channels', () => ({}), 401, 'unauthenticated'],
    ['an unknown path', 'GET', () => '/v1/nothing', mine, 404, 'not_found'],
    [
      'a body that is not JSON',
      'POST',
      () => '/v1/channels',
      () => ({ ...mine(), raw: '{' }),
      400,
      'bad_frame',
    ],
    ['a missing field', 'POST', () => '/v1/channels', () => ({ ...mine(), body: {} }), 400, 'bad_frame'],
    [
      'a direct channel with oneself',
      'POST',
      () => '/v1/channels',
      () => ({ ...mine(), body: { kind: 'direct', members: ['ann'] } }),
      400,
      'bad_frame',
    ],
    [
      'a body over 64 KiB',
      'POST',
      () => '/v1/channels',
      () => ({ ...mine(), raw: `"${'x'.repeat(100_000)}"` }),
      413,
      'too_large',
    ],
    ['a stranger’s channel', 'GET', () => `/v1/channels/${strangers}`, mine, 404, 'not_found'],
    ['a stranger’s history', 'GET', () => `/v1/channels/${strangers}/messages`, mine, 404, 'not_found'],
    ['a channel of wildcards', 'GET', () => '/v1/channels/%3E/messages', mine, 400, 'bad_frame'],
    ['a limit of 0', 'GET', () => `/v1/channels/${channel}/messages?limit=0`, mine, 400, 'bad_frame'],
    [
      'a limit of a million',
      'GET',
      () => `/v1/channels/${channel}/messages?limit=1000000`,
      mine,
      400,
      'bad_frame',
    ],
    [
      'two bounds at once',
      'GET',
      () => `/v1/channels/${channel}/messages?before=5&after=1`,
      mine,
      400,
      'bad_frame',
    ],
    [
      'removing somebody by no right',
      'DELETE',
      () => `/v1/channels/${channel}/members/ann`,
      () => ({ token: mintToken(SECRET, 'bob') }),
      403,
      'forbidden',
    ],
    [
      'a name that is no name',
      'POST',
      () => '/v1/accounts',
      () => ({ body: { name: 'a b>*', password: PASSWORD } }),
      400,
      'bad_frame',
    ],
    [
      'a password that is too short',
      'POST',
      () => '/v1/accounts',
      () => ({ body: { name: 'shorty', password: '1234' } }),
      400,
      'bad_frame',
    ],
    [
      'a wrong password',
      'POST',
      () => '/v1/sessions',
      () => ({ body: { name: 'nobody', password: PASSWORD, device: 'd' } }),
      401,
      'unauthenticated',
    ],
    [
      'a refresh token of nobody',
      'POST',
      () => '/v1/sessions/refresh',
      () => ({ body: { refresh_token: 'r'.repeat(43) } }),
      401,
      'unauthenticated',
    ],
  ])('%s', async (_name, method, path, options, status, code) => {
    const answer = await http(weft.url, method, path(), options())
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    expect((answer.body['error'] as { message: string }).message).not.toBe('')
  })

  test('conflict: a name that is taken, whatever its case', async () => {
    const account = (name: string) =>
      http(weft.url, 'POST', '/v1/accounts', { body: { name, password: PASSWORD } })
    expect((await account('Conflicted')).status).toBe(201)
    expect(await account('cOnFlIcTeD')).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } })
  })

  test('rate_limited: guessing at one account’s password', async () => {
    await http(weft.url, 'POST', '/v1/accounts', { body: { name: 'guessed', password: PASSWORD } })
    const guess = () =>
      http(weft.url, 'POST', '/v1/sessions', {
        body: { name: 'guessed', password: 'wrong password', device: 'd' },
      })
    let last = await guess()
    for (let i = 0; i < 30 && last.status === 401; i++) last = await guess()
    expect(last).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } })
  })
})

test('rate_limited: a flood of sends, and it goes on after a while', async () => {
  const client = await connect('flooder')
  const token = mintToken(SECRET, 'flooder')
  const flooded = await makeGroup(token, [])
  for (let i = 0; i < 3_000; i++)
    client.send({ t: 'send', id: 10_000 + i, channel: flooded, cid: `flood-${i}`, body: { text: 'x' } })
  const limited = await client.next((frame) => frame['code'] === 'rate_limited')
  expect(Number(limited['retry_after'])).toBeGreaterThan(0)
  await answered(client, 3_000)
  // What was refused goes again in its order, each once its time has come.
  const refused = client.frames
    .filter((frame) => frame.t === 'error')
    .map((frame) => Number(frame['id']) - 10_000)
  for (const i of refused.slice(0, 3)) {
    let answer: Frame
    do answer = await client.ask({ t: 'send', channel: flooded, cid: `flood-${i}`, body: { text: 'x' } })
    while (answer.t === 'error' && answer['code'] === 'rate_limited')
    expect(answer.t).toBe('ack')
  }
  client.close()
})

test('one that sends garbage hurts nobody else', async () => {
  const good = await connect('good')
  const room = await makeGroup(mintToken(SECRET, 'good'), [])
  const bad = await Promise.all(Array.from({ length: 5 }, () => connect('bad')))
  for (const client of bad) for (let i = 0; i < 9; i++) client.sendRaw(Buffer.alloc(1_000, 0x7b))
  for (let i = 0; i < 20; i++)
    expect(
      await good.ask({ t: 'send', channel: room, cid: `good-${i}`, body: { text: 'fine' } }),
    ).toMatchObject({ t: 'ack', seq: i + 1 })
  for (const client of [...bad, good]) client.close()
})

async function answered(client: RawClient, count: number): Promise<void> {
  const answers = () => client.frames.filter((frame) => Number(frame['id']) >= 10_000).length
  await client.next(() => answers() >= count)
}
