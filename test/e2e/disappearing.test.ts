import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)
const start = (path: string) => startWeft(path, { WEFT_TOKEN_SECRET: SECRET })

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('disappearing')
  weft = await start(folder.path)
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const hello = (user: string, device = 'pc', cursor?: string) =>
  RawClient.hello(weft.ws, { token: token(user), device, ...(cursor === undefined ? {} : { cursor }) })
async function create(by: string, members: string[], more: object = {}): Promise<string> {
  const answer = await call(by, 'POST', '/channels', { kind: 'group', name: 'Tea', members, ...more })
  return (answer.body['channel'] as { id: string }).id
}
const patch = (by: string, id: string, body: object) => call(by, 'PATCH', `/channels/${id}`, body)
const history = async (user: string, id: string) =>
  (await call(user, 'GET', `/channels/${id}/messages`)).body['items'] as Record<string, unknown>[]
const eventOf = (frame: Frame) => frame['event'] as Record<string, unknown>
const nextOf = async (client: RawClient, kind: string, seq: number) =>
  eventOf(
    await client.next(
      (frame) => frame.t === 'event' && eventOf(frame)['kind'] === kind && eventOf(frame)['seq'] === seq,
    ),
  )
const say = (client: RawClient, channel: string, cid: string, more: object = {}) =>
  client.ask({ t: 'send', channel, cid, body: `secret words ${cid}`, ...more })
const SHORTEST_S = 5

test('a message whose time is over is deleted for everyone: live, in the history, and for who comes back', async () => {
  const id = await create('ann', ['bob'])
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  const cursor = String(bob.frames.find(({ t }) => t === 'welcome')?.['cursor'])
  await say(ann, id, 'stays')
  expect(await patch('ann', id, { disappear_after_s: SHORTEST_S })).toMatchObject({
    status: 200,
    body: { channel: { disappear_after_s: SHORTEST_S } },
  })
  const told = await bob.next(
    (frame) =>
      frame.t === 'event' && eventOf(frame)['kind'] === 'channel' && eventOf(frame)['change'] === 'changed',
  )
  expect(eventOf(told)).toMatchObject({ disappear_after_s: SHORTEST_S, by: 'ann' })
  const { at } = await say(ann, id, 'goes')
  const expires = Date.parse(String(at)) + SHORTEST_S * 1000
  const expiresAt = new Date(expires).toISOString()
  expect(await nextOf(bob, 'message', 2)).toMatchObject({ expires_at: expiresAt })
  expect((await history('bob', id))[1]).toMatchObject({ body: 'secret words goes', expires_at: expiresAt })
  await ann.ask({ t: 'edit', channel: id, seq: 2, body: 'secret words goes too' })
  await bob.ask({ t: 'pin', channel: id, seq: 2, on: true })
  // The timer of a message is that of when it was sent.
  await patch('ann', id, { disappear_after_s: null })
  await say(ann, id, 'stays-too')
  const gone = await nextOf(bob, 'deleted', 2)
  expect(gone).toMatchObject({ channel: id, by: 'ann', reason: 'expired' })
  expect(Date.parse(String(gone['at']))).toBeGreaterThanOrEqual(expires)
  const items = await history('bob', id)
  expect(items).toMatchObject([
    { body: 'secret words stays' },
    { deleted: true, body: '' },
    { body: 'secret words stays-too' },
  ])
  expect(JSON.stringify(items)).not.toContain('words goes')
  expect((await call('ann', 'GET', `/channels/${id}/messages/2/versions`)).status).toBe(404)
  expect((await call('ann', 'GET', `/channels/${id}/pins`)).body).toMatchObject({ items: [] })
  const changes = (await call('bob', 'GET', `/channels/${id}/changes?after_rev=0`)).body
  expect(JSON.stringify(changes)).not.toContain('words goes')
  expect(changes['items']).toContainEqual(
    expect.objectContaining({ kind: 'deleted', seq: 2, reason: 'expired' }),
  )
  const back = await hello('bob', 'phone', cursor)
  await back.next(({ t }) => t === 'synced')
  expect(JSON.stringify(back.frames)).not.toContain('secret words goes')
  for (const client of [ann, bob, back]) client.close()
})

test('a forwarded copy goes by the timer of where it was forwarded to; a large channel’s messages go too', async () => {
  const [from, to] = [
    await create('ann', []),
    await create('ann', ['bob'], { kind: 'broadcast', disappear_after_s: SHORTEST_S }),
  ]
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  await say(ann, from, 'stays')
  expect(await bob.ask({ t: 'open', channel: to })).toMatchObject({ t: 'ok' })
  expect(
    await ann.ask({ t: 'send', channel: to, cid: 'f', forward: { channel: from, seq: 1 } }),
  ).toMatchObject({ t: 'ack' })
  expect(await nextOf(bob, 'message', 1)).toMatchObject({
    forwarded: { from: 'ann' },
    expires_at: expect.any(String),
  })
  expect(await nextOf(bob, 'deleted', 1)).toMatchObject({ reason: 'expired', by: 'ann' })
  expect(await history('bob', to)).toMatchObject([{ deleted: true }])
  expect(await history('ann', from)).toMatchObject([{ body: 'secret words stays' }])
  for (const client of [ann, bob]) client.close()
})

test('who may set it, and to what', async () => {
  const [group, direct] = [await create('ann', ['bob']), await create('ann', ['bob'], { kind: 'direct' })]
  const seconds = (by: string, id: string, disappear_after_s: unknown) => patch(by, id, { disappear_after_s })
  for (const bad of [4, 0, -5, 5.5, 365 * 86_400 + 1, '60', true, {}])
    expect([bad, (await seconds('ann', group, bad)).status]).toEqual([bad, 400])
  for (const good of [5, 365 * 86_400, null]) expect((await seconds('ann', group, good)).status).toBe(200)
  expect((await seconds('bob', group, 60)).status).toBe(403)
  expect((await seconds('eve', group, 60)).status).toBe(404)
  for (const by of ['ann', 'bob'])
    expect(await seconds(by, direct, 60)).toMatchObject({
      status: 200,
      body: { channel: { disappear_after_s: 60 } },
    })
  expect((await call('bob', 'GET', '/channels')).body['items']).toContainEqual(
    expect.objectContaining({ id: direct, disappear_after_s: 60 }),
  )
  expect((await patch('bob', direct, { disappear_after_s: 60, topic: 'Us' })).status).toBe(403)
  expect((await seconds('eve', direct, 60)).status).toBe(404)
  await patch('ann', group, { archived: true })
  expect((await seconds('ann', group, 60)).status).toBe(409)
})

test('what was to disappear does so after everything was killed, whether its time came before or after', async () => {
  const id = await create('ann', ['bob'])
  const ann = await hello('ann')
  await patch('ann', id, { disappear_after_s: SHORTEST_S })
  const { at } = await say(ann, id, 'a')
  await patch('ann', id, { disappear_after_s: 3_600 })
  await say(ann, id, 'b')
  ann.cut()
  await weft.killGroup()
  await until(() => Date.now() > Date.parse(String(at)) + SHORTEST_S * 1000, 'its time is over')
  weft = await start(folder.path)
  await until(async () => (await history('bob', id))?.[0]?.['deleted'] === true, 'it is deleted')
  const items = await history('bob', id)
  expect(items).toMatchObject([
    { body: '', deleted: true },
    { body: 'secret words b', expires_at: expect.any(String) },
  ])
  const bob = await hello('bob')
  expect((await call('bob', 'GET', `/channels/${id}`)).body).toMatchObject({
    channel: { disappear_after_s: 3_600 },
  })
  bob.close()
})
