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
  folder = await temporaryFolder('pins')
  weft = await start(folder.path)
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const hello = (user: string) => RawClient.hello(weft.ws, { token: token(user), device: 'pc' })
const eventOf = (frame: Frame) => frame['event'] as Record<string, unknown>

/** A group of ann (owner), bob and a reader, with `count` messages of bob's. */
async function room(count: number, kind = 'group') {
  const body = { kind, name: 'Tea', members: ['bob'] }
  const made = await call('ann', 'POST', '/channels', body)
  const { id } = made.body['channel'] as { id: string }
  await call('ann', 'PUT', `/channels/${id}/members/rita`, { role: 'reader' })
  const [ann, bob, rita] = [await hello('ann'), await hello('bob'), await hello('rita')]
  const writer = kind === 'broadcast' ? ann : bob
  for (let n = 1; n <= count; n++)
    await writer.ask({ t: 'send', channel: id, cid: `m${n}`, body: `tea ${n}` })
  return { id, ann, bob, rita }
}
const pins = async (id: string, query = '', user = 'ann') =>
  (await call(user, 'GET', `/channels/${id}/pins${query}`)).body
const history = async (id: string) => (await call('bob', 'GET', `/channels/${id}/messages`)).body['items']

test('a pin is told to all, listed the newest first, and shown in the history', async () => {
  const { id, ann, bob, rita } = await room(3)
  const pin = (who: RawClient, seq: unknown, on: unknown = true) =>
    who.ask({ t: 'pin', channel: id, seq, on })
  expect(await pin(bob, 1)).toMatchObject({ t: 'ok' })
  expect(await pin(ann, 3)).toMatchObject({ t: 'ok' })
  expect(await pin(ann, 1)).toMatchObject({ t: 'ok' })
  const told = await rita.next((frame) => frame.t === 'event' && eventOf(frame)['kind'] === 'pinned')
  expect(eventOf(told)).toMatchObject({ channel: id, seq: 1, on: true, by: 'bob' })
  await bob.ask({ t: 'edit', channel: id, seq: 1, body: 'better' })
  expect(await pins(id)).toMatchObject({
    items: [
      { message: { seq: 3, body: 'tea 3', pinned: true }, by: 'ann', at: expect.stringMatching(/^\d{4}-/) },
      { message: { seq: 1, body: 'better', pinned: true }, by: 'bob' },
    ],
    next: null,
  })
  expect(await history(id)).toMatchObject([{ seq: 1, pinned: true }, { seq: 2 }, { seq: 3, pinned: true }])
  expect(((await history(id)) as object[])[1]).not.toHaveProperty('pinned')
  const first = await pins(id, '?limit=1', 'rita')
  expect(first).toMatchObject({ items: [{ message: { seq: 3 } }], next: expect.any(String) })
  expect(await pins(id, `?limit=1&cursor=${String(first['next'])}`)).toMatchObject({
    items: [{ message: { seq: 1 } }],
    next: null,
  })
  // What is deleted is pinned no longer; what was pinned by somebody else is anybody's to unpin who has the right.
  expect(await bob.ask({ t: 'delete', channel: id, seq: 1 })).toMatchObject({ t: 'ok' })
  expect(await pins(id)).toMatchObject({ items: [{ message: { seq: 3 } }] })
  expect(((await history(id)) as object[])[0]).toEqual(expect.not.objectContaining({ pinned: true }))
  expect(await pin(bob, 3, false)).toMatchObject({ t: 'ok' })
  expect(await pins(id)).toEqual({ items: [], next: null })
  expect(await pin(bob, 1)).toMatchObject({ t: 'error', code: 'conflict' })
  expect((await call('bob', 'GET', `/channels/${id}/changes?after_rev=0`)).body['items']).toContainEqual(
    expect.objectContaining({ kind: 'pinned', seq: 3, on: false, by: 'bob' }),
  )
  for (const client of [ann, bob, rita]) client.close()
})

test('without the right, the message or the shape it is refused, over HTTP too', async () => {
  const { id, ann, bob, rita } = await room(1)
  const bad: readonly [RawClient, object, string][] = [
    [rita, { seq: 1, on: true }, 'forbidden'],
    [bob, { seq: 2, on: true }, 'not_found'],
    [bob, { seq: 0, on: true }, 'not_found'],
    [bob, { seq: '1', on: true }, 'bad_frame'],
    [bob, { seq: 1.5, on: true }, 'bad_frame'],
    [bob, { seq: 1, on: 'yes' }, 'bad_frame'],
    [bob, { seq: 1 }, 'bad_frame'],
    [bob, { on: true }, 'bad_frame'],
  ]
  for (const [who, frame, code] of bad)
    expect([frame, await who.ask({ t: 'pin', channel: id, ...frame })]).toMatchObject([{}, { code }])
  const frame = { t: 'pin', id: 5, channel: id, seq: 1, on: true }
  expect(await call('bob', 'POST', '/commands?device=pc', frame)).toMatchObject({
    status: 200,
    body: { t: 'ok', id: 5 },
  })
  expect((await call('rita', 'POST', '/commands?device=pc', frame)).status).toBe(403)
  expect((await call('eve', 'POST', '/commands?device=pc', frame)).status).toBe(404)
  expect((await call('eve', 'GET', `/channels/${id}/pins`)).status).toBe(404)
  for (const query of ['?limit=0', '?limit=201', '?cursor=x', '?cursor=after:1'])
    expect([query, (await call('bob', 'GET', `/channels/${id}/pins${query}`)).status]).toEqual([query, 400])
  await call('ann', 'PATCH', `/channels/${id}`, { archived: true })
  // Nothing more is pinned, and what is may be taken off.
  expect(await bob.ask({ t: 'pin', channel: id, seq: 2, on: true })).toMatchObject({ t: 'error' })
  expect(await pins(id)).toMatchObject({ items: [{ by: 'bob' }] })
  expect(await bob.ask({ t: 'pin', channel: id, seq: 1, on: false })).toMatchObject({ t: 'ok' })
  expect(await pins(id)).toMatchObject({ items: [] })
  for (const client of [ann, bob, rita]) client.close()
})

test('in a broadcast channel its admins pin, and those who have it open see it', async () => {
  const { id, ann, bob, rita } = await room(1, 'broadcast')
  expect(await rita.ask({ t: 'open', channel: id })).toMatchObject({ t: 'ok' })
  expect(await bob.ask({ t: 'pin', channel: id, seq: 1, on: true })).toMatchObject({ code: 'forbidden' })
  expect(await ann.ask({ t: 'pin', channel: id, seq: 1, on: true })).toMatchObject({ t: 'ok' })
  const told = await rita.next((frame) => frame.t === 'event' && eventOf(frame)['kind'] === 'pinned')
  expect(eventOf(told)).toMatchObject({ channel: id, seq: 1, on: true, by: 'ann' })
  for (const client of [ann, bob, rita]) client.close()
})

test('pins stand after everything was killed', async () => {
  const { id, ann, bob, rita } = await room(3)
  for (const seq of [2, 1, 3]) await ann.ask({ t: 'pin', channel: id, seq, on: true })
  await ann.ask({ t: 'pin', channel: id, seq: 1, on: false })
  await bob.ask({ t: 'delete', channel: id, seq: 3 })
  const before = await pins(id)
  expect(before).toMatchObject({ items: [{ message: { seq: 2 } }] })
  for (const client of [ann, bob, rita]) client.cut()
  await weft.killGroup()
  weft = await start(folder.path)
  await until(async () => (await call('ann', 'GET', `/channels/${id}`)).status === 200, 'it is back')
  expect(await pins(id)).toEqual(before)
  expect(await history(id)).toMatchObject([{ seq: 1 }, { seq: 2, pinned: true }, { seq: 3, deleted: true }])
})
