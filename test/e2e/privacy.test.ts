import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)
/** Shaped as the fabric's own ids are. */
const NOWHERE = `c${'0'.repeat(32)}`

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let hidden: string
beforeAll(async () => {
  folder = await temporaryFolder('privacy')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
  const body = { kind: 'group', name: 'Tea', topic: 'Secret', members: ['bob'] }
  const made = await http(weft.url, 'POST', '/v1/channels', { token: token('ann'), body })
  hidden = (made.body['channel'] as { id: string }).id
  // It has everything that could show.
  const ann = await RawClient.hello(weft.ws, { token: token('ann'), device: 'pc' })
  await ann.ask({ t: 'send', channel: hidden, cid: 'a', body: 'hello' })
  await ann.ask({
    t: 'send',
    channel: hidden,
    cid: 'b',
    body: 'hello',
    reply_to: 1,
    mentions: ['eve', 'mal'],
  })
  await ann.ask({ t: 'pin', channel: hidden, seq: 1, on: true })
  ann.close()
  const call = (method: string, path: string) =>
    http(weft.url, method, `/v1/channels/${hidden}${path}`, { token: token('ann') })
  expect((await call('POST', '/invites')).status).toBe(201)
  // Banned before they ever came: they are to learn nothing by it.
  expect((await call('PUT', '/bans/mal')).status).toBe(204)
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const openapi = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, unknown>>
}
const inChannels = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  path.includes('{channel}') ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`) : [],
)

/** What each call is made with; those that aren't here take no body. */
const BODIES: { readonly [call: string]: object } = {
  'PUT /v1/channels/{channel}/mute': {},
  'PUT /v1/channels/{channel}/draft': { body: 'hello' },
  'PATCH /v1/channels/{channel}': { name: 'Mine', public: true },
  'POST /v1/channels/{channel}/members': { users: ['eve', 'dan'] },
  'PUT /v1/channels/{channel}/members/{user}': { role: 'member' },
  'POST /v1/channels/{channel}/owner': { user: 'eve' },
  'POST /v1/channels/{channel}/invites': {},
}
const QUERIES: { readonly [call: string]: string } = {
  'GET /v1/channels/{channel}/changes': '?after_rev=0',
}

test('there are calls to compare, and those that take a body have one', () => {
  expect(inChannels.length).toBeGreaterThan(15)
  for (const name of Object.keys({ ...BODIES, ...QUERIES })) expect(inChannels).toContain(name)
})

/** A refusal for its shape would say nothing of the channel: then the call above is made wrongly. */
const ofChannel = (name: string, by: string, user: string) => async (channel: string) => {
  const [method = '', path = ''] = name.split(' ')
  const filled = path
    .replace('{channel}', channel)
    .replace('{user}', user)
    .replace('{thread}', '1')
    .replace('{seq}', '1')
    .replace('{code}', `${channel}${'A'.repeat(22)}`)
  const body = BODIES[name]
  return http(weft.url, method, `${filled}${QUERIES[name] ?? ''}`, {
    token: token(by),
    ...(body === undefined ? {} : { body }),
  })
}

test.each(inChannels)(
  'a stranger sees no difference between a private channel and none: %s',
  async (name) => {
    for (const by of ['eve', 'mal'])
      for (const user of [by, 'bob', 'dan']) {
        const ask = ofChannel(name, by, user)
        const [there, nowhere] = [await ask(hidden), await ask(NOWHERE)]
        expect(there).toEqual(nowhere)
        expect([400, 413]).not.toContain(there.status)
        // Only what is one's own alone is done all the same.
        if (!/DELETE .*\/(mute|draft)$/.test(name)) expect(there.status).toBe(404)
      }
  },
)

test('the same of the replies of a thread', async () => {
  for (const by of ['eve', 'mal'])
    for (const thread of [1, 99]) {
      const ask = (channel: string) =>
        http(weft.url, 'GET', `/v1/channels/${channel}/messages?thread=${thread}`, { token: token(by) })
      const there = await ask(hidden)
      expect(there.status).toBe(404)
      expect(there).toEqual(await ask(NOWHERE))
    }
})

test('the same over links', async () => {
  for (const by of ['eve', 'mal'])
    for (const method of ['GET', 'POST']) {
      const ask = (channel: string) =>
        http(weft.url, method, `/v1/invites/${channel}${'A'.repeat(22)}`, { token: token(by) })
      const there = await ask(hidden)
      expect(there.status).toBe(404)
      expect(there).toEqual(await ask(NOWHERE))
    }
})

test('the same over a socket', async () => {
  for (const by of ['eve', 'mal']) {
    const made = await http(weft.url, 'POST', '/v1/channels', { token: token(by), body: { kind: 'group' } })
    const { id: mine } = made.body['channel'] as { id: string }
    const client = await RawClient.hello(weft.ws, { token: token(by), device: 'pc' })
    const frames = (channel: string) => [
      { t: 'send', channel, cid: 'x', body: 'hello' },
      { t: 'send', channel, cid: 'y', body: 'hello', mention_all: 'channel', reply_to: 1 },
      { t: 'send', channel, cid: 'z', forward: { channel, seq: 1 } },
      { t: 'send', channel: mine, cid: channel, forward: { channel, seq: 1 } },
      { t: 'edit', channel, seq: 1, body: 'mine' },
      { t: 'delete', channel, seq: 1 },
      { t: 'react', channel, seq: 1, emoji: '👍', on: true },
      { t: 'pin', channel, seq: 1, on: true },
      { t: 'pin', channel, seq: 9, on: false },
      { t: 'read', channel, seq: 1 },
      { t: 'read', channel, seq: 2, thread: 1 },
      { t: 'read', channel, seq: 2, thread: 99 },
      { t: 'send', channel, cid: 'z', body: 'hello', reply_to: 1 },
      { t: 'typing', channel, on: true },
      { t: 'open', channel },
      { t: 'open', channel, after: 1 },
      { t: 'open', channel, after_rev: 1_000 },
    ]
    const answers = async (channel: string) => {
      const told: Frame[] = []
      for (const frame of frames(channel)) {
        const { id: _, ...answer } = await client.ask(frame)
        told.push(answer)
      }
      return told
    }
    const there = await answers(hidden)
    expect(there).toEqual(await answers(NOWHERE))
    for (const answer of there) expect(answer).toMatchObject({ t: 'error', code: 'not_found' })
    client.close()
  }
})

test('nor is it in any list', async () => {
  for (const path of [
    '/v1/public-channels',
    '/v1/public-channels?q=tea',
    '/v1/channels',
    '/v1/sync',
    '/v1/threads',
  ]) {
    const { status, body } = await http(weft.url, 'GET', path, { token: token('eve') })
    expect(status).toBe(200)
    expect(JSON.stringify(body)).not.toContain(hidden)
  }
})
