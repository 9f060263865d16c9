import { afterAll, beforeAll, expect, test } from 'vitest'
import { http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = mintToken(SECRET, 'ann')

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder('http-members')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const profile = (user: string) => http(weft.url, 'GET', `/v1/users/${user}`, { token })
const created = (members: string[]) =>
  http(weft.url, 'POST', '/v1/channels', { token, body: { kind: 'group', name: 'Tea', members } })

test('with a customer’s own tokens, an unknown user who is added as a member exists from then on', async () => {
  expect((await profile('ghost')).status).toBe(404)
  const many = Array.from({ length: 40 }, (_, i) => `ghost-${i}`)
  const { status, body } = await created(['ghost', ...many])
  expect(status).toBe(201)
  for (const user of ['ghost', many[0] ?? '', many[39] ?? ''])
    expect(await profile(user)).toMatchObject({ status: 200, body: { user: { id: user, name: user } } })
  const { id } = body['channel'] as { id: string }
  expect((await http(weft.url, 'PUT', `/v1/channels/${id}/members/spirit`, { token })).status).toBe(201)
  expect((await profile('spirit')).status).toBe(200)
})

test('one who has a profile keeps it', async () => {
  const named = mintToken(SECRET, 'bea', { name: 'Beatrice' })
  expect((await http(weft.url, 'GET', '/v1/me', { token: named })).status).toBe(200)
  expect((await created(['bea'])).status).toBe(201)
  expect(await profile('bea')).toMatchObject({ body: { user: { name: 'Beatrice' } } })
})

test('a thousand members are added by one call, twice without effect; more are refused', async () => {
  const { body } = await created([])
  const { id } = body['channel'] as { id: string }
  const long = (n: number) => `${n}`.padStart(40, 'x')
  const add = (users: string[], by = token) =>
    http(weft.url, 'POST', `/v1/channels/${id}/members`, { token: by, body: { users } })
  const users = Array.from({ length: 1_000 }, (_, n) => long(n))
  for (let time = 0; time < 2; time++)
    expect(await add(users)).toMatchObject({ status: 200, body: { channel: { members: 1_001 } } })
  expect((await add([...users, 'more'])).status).toBe(400)
  expect((await add([])).status).toBe(400)
  expect((await add(['phantom'], mintToken(SECRET, 'eve'))).status).toBe(404)
  expect((await profile('phantom')).status).toBe(404)
  const added = mintToken(SECRET, long(7))
  const list = await http(weft.url, 'GET', '/v1/channels', { token: added })
  expect(list.body).toMatchObject({ items: [{ id, members: 1_001, role: 'member', unread: 0 }] })
})

test('who may not add a member makes no user', async () => {
  const { body } = await created([])
  const { id } = body['channel'] as { id: string }
  const stranger = mintToken(SECRET, 'eve')
  const path = `/v1/channels/${id}/members/phantom`
  expect((await http(weft.url, 'PUT', path, { token: stranger })).status).toBe(404)
  expect((await profile('phantom')).status).toBe(404)
})
