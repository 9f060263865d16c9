import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('channels')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const hello = (user: string) => RawClient.hello(weft.ws, { token: token(user), device: 'pc' })
let made = 0
/** Names of its own for each test. */
const people = <const Names extends readonly string[]>(...names: Names) => {
  made++
  return names.map((name) => `${name}-${made}`) as { [K in keyof Names]: string }
}
async function create(by: string, members: string[], more: object = {}): Promise<string> {
  const body = { kind: 'group', name: 'Tea', members, ...more }
  const answer = await call(by, 'POST', '/channels', body)
  expect(answer.status).toBe(201)
  return (answer.body['channel'] as { id: string }).id
}
const eventOf = (frame: Frame) => frame['event'] as Record<string, unknown>
const nextChange = async (client: RawClient, change: string) =>
  eventOf(
    await client.next(
      (frame) =>
        frame.t === 'event' && eventOf(frame)['kind'] === 'channel' && eventOf(frame)['change'] === change,
    ),
  )
const send = (client: RawClient, channel: string, cid: string) =>
  client.ask({ t: 'send', channel, cid, body: 'hello' })

test('what a channel is about is set by right, told to its members, and shown with it', async () => {
  const [ann, bob, eve] = people('ann', 'bob', 'eve')
  const id = await create(ann, [bob], { topic: 'Green', description: 'Leaves in water' })
  const patch = (by: string, body: unknown) => call(by, 'PATCH', `/channels/${id}`, body)
  expect((await call(bob, 'GET', `/channels/${id}`)).body).toMatchObject({
    channel: { topic: 'Green', description: 'Leaves in water' },
  })
  const client = await hello(bob)
  const set = { topic: 'Black', avatar: 'https://example.org/tea.png', rights: { send: 'admin' } }
  expect(await patch(ann, set)).toMatchObject({ status: 200, body: { channel: { name: 'Tea', ...set } } })
  expect(await nextChange(client, 'changed')).toMatchObject({ channel: id, by: ann, name: 'Tea', ...set })
  expect(await send(client, id, 'a')).toMatchObject({ t: 'error', code: 'forbidden' })
  expect((await call(bob, 'GET', '/channels')).body).toMatchObject({ items: [{ id, ...set }] })
  expect((await call(bob, 'GET', '/sync')).body).toMatchObject({ channels: [{ id, ...set }] })
  expect((await patch(ann, { rights: { send: 'member' }, topic: null })).status).toBe(200)
  expect(await send(client, id, 'b')).toMatchObject({ t: 'ack' })
  const shown = (await call(bob, 'GET', `/channels/${id}`)).body['channel']
  expect(shown).not.toHaveProperty('topic')
  expect((await patch(bob, { topic: 'Mine' })).status).toBe(403)
  expect((await patch(eve, { topic: 'Mine' })).status).toBe(404)
  for (const bad of [
    {},
    { topic: '' },
    { topic: 'x'.repeat(251) },
    { rights: { send: 'reader' } },
    { public: 'yes' },
    { public: true, name: null },
  ])
    expect([bad, (await patch(ann, bad)).status]).toEqual([bad, 400])
  client.close()
})

test('a reader reads and reacts, and writes nothing', async () => {
  const [ann, bob] = people('ann', 'bob')
  const id = await create(ann, [])
  expect((await call(ann, 'PUT', `/channels/${id}/members/${bob}`, { role: 'reader' })).status).toBe(201)
  const [writer, reader] = [await hello(ann), await hello(bob)]
  await send(writer, id, 'a')
  await reader.next((frame) => frame.t === 'event' && eventOf(frame)['kind'] === 'message')
  expect(await send(reader, id, 'b')).toMatchObject({ t: 'error', code: 'forbidden' })
  const react = { t: 'react', channel: id, seq: 1, emoji: '👍', on: true }
  expect(await reader.ask(react)).toMatchObject({ t: 'ok' })
  expect((await call(bob, 'POST', `/channels/${id}/invites`)).status).toBe(403)
  expect((await call(bob, 'GET', `/channels/${id}`)).body).toMatchObject({ channel: { role: 'reader' } })
  writer.close()
  reader.close()
})

test('a public channel is found by words of its name and joined by anyone; a private one is neither', async () => {
  const [ann, bob] = people('ann', 'bob')
  const id = await create(ann, [], { name: `Sailing club ${made}`, public: true, topic: 'Wind' })
  const hidden = await create(ann, [], { name: `Sailing cellar ${made}` })
  const find = async (q: string) =>
    (await call(bob, 'GET', `/public-channels?q=${encodeURIComponent(q)}`)).body['items']
  expect(await find(`SAIL cl ${made}`)).toEqual([
    {
      id,
      kind: 'group',
      name: `Sailing club ${made}`,
      members: 1,
      topic: 'Wind',
      avatar: null,
      description: null,
    },
  ])
  expect(await find('cellar')).toEqual([])
  const client = await hello(ann)
  // Before they are in, they know that there is one, no more.
  expect((await call(bob, 'GET', `/channels/${id}/messages`)).status).toBe(403)
  expect((await call(bob, 'PUT', `/channels/${id}/members/${bob}`, { role: 'admin' })).status).toBe(403)
  const join = () => call(bob, 'PUT', `/channels/${id}/members/${bob}`)
  expect(await join()).toMatchObject({ status: 201, body: { channel: { id, role: 'member', members: 2 } } })
  expect((await join()).status).toBe(200)
  expect(await nextChange(client, 'joined')).toMatchObject({ user: bob, by: bob, members: 2 })
  expect((await call(bob, 'PUT', `/channels/${hidden}/members/${bob}`)).status).toBe(404)
  expect((await call(ann, 'PATCH', `/channels/${id}`, { public: false })).status).toBe(200)
  expect(await find(`SAIL cl ${made}`)).toEqual([])
  client.close()
})

test('lists of public channels page', async () => {
  const [ann] = people('ann')
  for (let n = 0; n < 7; n++) await create(ann, [], { name: `Páging ${made} ${n}`, public: true })
  const names: string[] = []
  let cursor = ''
  for (let pages = 0; pages < 10; pages++) {
    const { body } = await call(ann, 'GET', `/public-channels?q=páging+${made}&limit=3${cursor}`)
    names.push(...(body['items'] as { name: string }[]).map(({ name }) => name))
    if (typeof body['next'] !== 'string') break
    cursor = `&cursor=${body['next']}`
  }
  expect(names.toSorted((a, b) => a.localeCompare(b))).toEqual(
    Array.from({ length: 7 }, (_, n) => `Páging ${made} ${n}`),
  )
  for (const bad of ['cursor=x', 'limit=0', 'limit=201', 'cursor=%20'])
    expect([bad, (await call(ann, 'GET', `/public-channels?${bad}`)).status]).toEqual([bad, 400])
})

test('a link lets in exactly as many as it says, whoever is quicker, and shows a stranger no more than where it leads', async () => {
  const [ann, bob, eve] = people('ann', 'bob', 'eve')
  const id = await create(ann, [], { topic: 'Wind' })
  const invite = async (body?: object) => {
    const answer = await call(ann, 'POST', `/channels/${id}/invites`, body)
    expect(answer.status).toBe(201)
    return answer.body['invite'] as { code: string; uses: number }
  }
  const { code } = await invite({ max_uses: 5 })
  const preview = await call(eve, 'GET', `/invites/${code}`)
  expect(preview.status).toBe(200)
  expect(preview.body).toEqual({
    channel: { id, kind: 'group', name: 'Tea', members: 1, topic: 'Wind', avatar: null, description: null },
    expires_at: expect.stringMatching(/^\d{4}-/),
  })
  // Who holds a link is a stranger still.
  expect((await call(eve, 'GET', `/channels/${id}`)).status).toBe(404)
  const crowd = Array.from({ length: 20 }, (_, n) => `crowd-${made}-${n}`)
  // Each twice, at the same time: a repeat takes no use.
  const answers = await Promise.all(
    [...crowd, ...crowd].map(
      async (user) => [user, (await call(user, 'POST', `/invites/${code}`)).status] as const,
    ),
  )
  const inside = new Set(answers.filter(([, status]) => status === 201).map(([user]) => user))
  expect(inside.size).toBe(5)
  expect(answers.filter(([, status]) => status === 201)).toHaveLength(5)
  for (const [user, status] of answers) if (!inside.has(user)) expect(status).toBe(404)
  expect((await call(ann, 'GET', `/channels/${id}`)).body).toMatchObject({ channel: { members: 6 } })
  // Used up, run out, revoked, and never there: the same.
  const brief = await invite({ expires_in: 1 })
  const gone = await invite({ expires_in: null, role: 'reader' })
  expect((await call(bob, 'GET', `/invites/${gone.code}`)).body).toMatchObject({ expires_at: null })
  const list = await call(ann, 'GET', `/channels/${id}/invites`)
  expect(list.body['items']).toMatchObject([
    { code: brief.code },
    { code: gone.code, role: 'reader', by: ann },
  ])
  for (let time = 0; time < 2; time++)
    expect((await call(ann, 'DELETE', `/channels/${id}/invites/${gone.code}`)).status).toBe(204)
  await until(async () => (await call(bob, 'GET', `/invites/${brief.code}`)).status === 404, 'it has run out')
  const guess = `${id}${'A'.repeat(22)}`
  const elsewhere = `c${'0'.repeat(32)}${'A'.repeat(22)}`
  for (const method of ['GET', 'POST']) {
    const never = await call(bob, method, `/invites/${elsewhere}`)
    expect(never.status).toBe(404)
    for (const one of [code, brief.code, gone.code, guess, 'short'])
      expect(await call(bob, method, `/invites/${one}`)).toEqual(never)
  }
  for (const bad of [{ max_uses: 0 }, { expires_in: 0 }, { role: 'admin' }])
    expect((await call(ann, 'POST', `/channels/${id}/invites`, bad)).status).toBe(400)
})

test('who is removed is told and may come back where it is public; who is banned may not, by any way', async () => {
  const [ann, bob, cid] = people('ann', 'bob', 'cid')
  const id = await create(ann, [bob, cid], { public: true })
  const code = (await call(ann, 'POST', `/channels/${id}/invites`)).body['invite'] as { code: string }
  const [client, witness] = [await hello(bob), await hello(cid)]
  const ban = (by: string, method: string, user: string) => call(by, method, `/channels/${id}/bans/${user}`)
  expect((await ban(cid, 'PUT', bob)).status).toBe(403)
  expect((await ban(ann, 'PUT', ann)).status).toBe(400)
  for (let time = 0; time < 2; time++) expect((await ban(ann, 'PUT', bob)).status).toBe(204)
  for (const one of [client, witness])
    expect(await nextChange(one, 'removed')).toMatchObject({ channel: id, user: bob, by: ann, banned: true })
  const refusals = [
    await call(bob, 'PUT', `/channels/${id}/members/${bob}`),
    await call(bob, 'POST', `/invites/${code.code}`),
    await call(bob, 'GET', `/invites/${code.code}`),
    await call(bob, 'GET', `/channels/${id}`),
    await call(bob, 'GET', `/channels/${id}/messages`),
    await call(cid, 'PUT', `/channels/${id}/members/${bob}`),
    await call(ann, 'POST', `/channels/${id}/members`, { users: [bob] }),
  ]
  expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 403))
  for (const frame of [
    { t: 'open', channel: id },
    { t: 'read', channel: id, seq: 0 },
  ])
    expect(await client.ask(frame)).toMatchObject({ t: 'error', code: 'forbidden' })
  expect(await send(client, id, 'x')).toMatchObject({ t: 'error', code: 'forbidden' })
  for (const user of ['zed', 'yan']) await ban(ann, 'PUT', `${user}-${made}`)
  const first = await call(ann, 'GET', `/channels/${id}/bans?limit=2`)
  expect(first.body).toMatchObject({ items: [{ user: bob, by: ann }, { user: `yan-${made}` }] })
  const rest = await call(ann, 'GET', `/channels/${id}/bans?limit=2&cursor=${String(first.body['next'])}`)
  expect(rest.body).toMatchObject({ items: [{ user: `zed-${made}` }], next: null })
  expect((await call(cid, 'GET', `/channels/${id}/bans`)).status).toBe(403)
  for (let time = 0; time < 2; time++) expect((await ban(ann, 'DELETE', bob)).status).toBe(204)
  expect((await call(bob, 'PUT', `/channels/${id}/members/${bob}`)).status).toBe(201)
  expect((await call(ann, 'DELETE', `/channels/${id}/members/${bob}`)).status).toBe(204)
  expect((await call(bob, 'PUT', `/channels/${id}/members/${bob}`)).status).toBe(201)
  client.close()
  witness.close()
})

test('one who is banned hears nothing more of a channel that they have open', async () => {
  const [ann, bob, cid] = people('ann', 'bob', 'cid')
  const id = await create(ann, [bob, cid], { kind: 'broadcast' })
  const [writer, client, other] = [await hello(ann), await hello(bob), await hello(cid)]
  for (const one of [client, other]) expect((await one.ask({ t: 'open', channel: id })).t).toBe('ok')
  const isMessage = (seq: number) => (frame: Frame) =>
    frame.t === 'event' && eventOf(frame)['kind'] === 'message' && eventOf(frame)['seq'] === seq
  await send(writer, id, 'a')
  await client.next(isMessage(1))
  expect((await call(ann, 'PUT', `/channels/${id}/bans/${bob}`)).status).toBe(204)
  await nextChange(client, 'removed')
  await send(writer, id, 'b')
  await other.next(isMessage(2))
  expect((await client.ask({ t: 'ping' })).t).toBe('pong')
  expect(client.frames.some(isMessage(2))).toBe(false)
  for (const one of [writer, client, other]) one.close()
})

test('an archived channel is read and left, and nothing is written in it until it is brought back', async () => {
  const [ann, bob, cid] = people('ann', 'bob', 'cid')
  const id = await create(ann, [bob, cid], { public: true })
  const client = await hello(bob)
  await send(client, id, 'a')
  const archive = (archived: boolean) => call(ann, 'PATCH', `/channels/${id}`, { archived })
  for (let time = 0; time < 2; time++)
    expect(await archive(true)).toMatchObject({ status: 200, body: { channel: { archived: true } } })
  expect(await nextChange(client, 'changed')).toMatchObject({ archived: true })
  const frames = [
    { t: 'send', channel: id, cid: 'b', body: 'hello' },
    { t: 'edit', channel: id, seq: 1, body: 'better' },
    { t: 'react', channel: id, seq: 1, emoji: '👍', on: true },
    { t: 'pin', channel: id, seq: 1, on: true },
  ]
  for (const frame of frames) expect(await client.ask(frame)).toMatchObject({ t: 'error', code: 'conflict' })
  const refused = [
    await call(ann, 'PATCH', `/channels/${id}`, { topic: 'Late' }),
    await call(ann, 'POST', `/channels/${id}/invites`),
    await call(ann, 'POST', `/channels/${id}/members`, { users: [`dan-${made}`] }),
    await call(`dan-${made}`, 'PUT', `/channels/${id}/members/dan-${made}`),
  ]
  expect(refused.map(({ status }) => status)).toEqual([409, 409, 409, 409])
  // What was sent before is answered as it was, and read.
  expect(await send(client, id, 'a')).toMatchObject({ t: 'ack', seq: 1, duplicate: true })
  const page = await call(bob, 'GET', `/channels/${id}/messages`)
  expect(page.body['items']).toMatchObject([{ seq: 1, body: 'hello' }])
  // One takes back what one said all the same.
  expect(await client.ask({ t: 'delete', channel: id, seq: 1 })).toMatchObject({ t: 'ok' })
  expect((await call(cid, 'DELETE', `/channels/${id}/members/${cid}`)).status).toBe(204)
  expect(await archive(false)).toMatchObject({ status: 200 })
  expect(await send(client, id, 'c')).toMatchObject({ t: 'ack', seq: 2 })
  client.close()
})

test('an owner hands the channel over, and is an admin then', async () => {
  const [ann, bob, eve] = people('ann', 'bob', 'eve')
  const id = await create(ann, [bob])
  const client = await hello(bob)
  const hand = (by: string, user: string) => call(by, 'POST', `/channels/${id}/owner`, { user })
  expect((await hand(bob, bob)).status).toBe(403)
  expect((await hand(ann, eve)).status).toBe(404)
  for (let time = 0; time < 2; time++)
    expect(await hand(ann, bob)).toMatchObject({ status: 200, body: { channel: { role: 'admin' } } })
  expect(await nextChange(client, 'changed')).toMatchObject({ user: bob, by: ann, role: 'owner' })
  expect((await call(bob, 'GET', '/channels')).body).toMatchObject({ items: [{ id, role: 'owner' }] })
  client.close()
})

test('a direct channel has no settings, links, bans or owner', async () => {
  const [ann, bob] = people('ann', 'bob')
  const id = await create(ann, [bob], { kind: 'direct' })
  const answers = [
    await call(ann, 'PATCH', `/channels/${id}`, { topic: 'Us' }),
    await call(ann, 'PATCH', `/channels/${id}`, { topic: 'Us', disappear_after_s: 60 }),
    await call(ann, 'POST', `/channels/${id}/invites`),
    await call(ann, 'PUT', `/channels/${id}/bans/${bob}`),
    await call(ann, 'POST', `/channels/${id}/owner`, { user: bob }),
    await call(ann, 'POST', `/channels/${id}/members`, { users: [`cid-${made}`] }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403])
  const open = { kind: 'direct', members: [bob], public: true }
  expect((await call(ann, 'POST', '/channels', open)).status).toBe(400)
})

test('all of it stands after everything was killed', async () => {
  const [ann, bob, cid, dan] = people('ann', 'bob', 'cid', 'dan')
  const id = await create(ann, [bob], { public: true, name: `Harbour ${made}` })
  const { code } = (await call(ann, 'POST', `/channels/${id}/invites`, { max_uses: 1 })).body['invite'] as {
    code: string
  }
  expect((await call(ann, 'PUT', `/channels/${id}/bans/${bob}`)).status).toBe(204)
  expect((await call(cid, 'POST', `/invites/${code}`)).status).toBe(201)
  expect(
    (await call(ann, 'PATCH', `/channels/${id}`, { topic: 'Tide', rights: { add: 'owner' } })).status,
  ).toBe(200)
  const before = (await call(cid, 'GET', `/channels/${id}`)).body
  await weft.killGroup()
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
  await until(async () => (await call(cid, 'GET', `/channels/${id}`)).status === 200, 'it is back')
  expect((await call(cid, 'GET', `/channels/${id}`)).body).toEqual(before)
  expect((await call(bob, 'PUT', `/channels/${id}/members/${bob}`)).status).toBe(403)
  expect((await call(dan, 'POST', `/invites/${code}`)).status).toBe(404)
  expect((await call(cid, 'PUT', `/channels/${id}/members/${dan}`)).status).toBe(403)
  expect((await call(dan, 'GET', `/public-channels?q=harbour+${made}`)).body).toMatchObject({
    items: [{ id }],
  })
})
