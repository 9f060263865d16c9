import { afterAll, beforeAll, expect, test } from 'vitest'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const tokenOf = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder('user-state')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, path, { token: tokenOf(user), ...(body === undefined ? {} : { body }) })
const connect = (user: string, device: string) => RawClient.hello(weft.ws, { token: tokenOf(user), device })
const channelWith = async (user: string, others: string[], kind = 'group') => {
  const { body } = await call(user, 'POST', '/v1/channels', { kind, members: others })
  return (body['channel'] as { id: string }).id
}
type Told = { kind: string; [field: string]: unknown }
const eventsOf = (client: RawClient): Told[] =>
  client.frames.flatMap((frame) => (frame.t === 'event' ? [frame['event'] as Told] : []))
const told = (client: RawClient, fits: (event: Told) => boolean) =>
  client.next((frame) => frame.t === 'event' && fits(frame['event'] as Told))
const newestCursor = (client: RawClient): string => {
  const cursors = client.frames.flatMap(({ t, cursor }) =>
    t === 'event' && typeof cursor === 'string' ? [cursor] : [],
  )
  return cursors.at(-1) ?? ''
}

test('settings, mutes and drafts reach every device, and stand as the latest said', async () => {
  const channel = await channelWith('ann', ['bob'])
  const phone = await connect('ann', 'phone')
  const patched = await call('ann', 'PATCH', '/v1/me/settings', { theme: 'dark', app: { 'x.y': [1] } })
  expect(patched.body).toMatchObject({
    settings: { theme: 'dark', read_receipts: true, app: { 'x.y': [1] } },
  })
  await told(phone, ({ kind, settings }) => kind === 'settings' && settings !== undefined)
  await call('ann', 'PATCH', '/v1/me/settings', { app: { 'x.y': null, z: 1 } })
  expect((await call('ann', 'GET', '/v1/me/settings')).body).toMatchObject({
    settings: { theme: 'dark', app: { z: 1 } },
  })
  expect((await call('ann', 'PATCH', '/v1/me/settings', { no_such: 1 })).status).toBe(400)

  expect((await call('ann', 'PUT', `/v1/channels/${channel}/mute`)).body).toEqual({
    mute: { until: null, mentions: true },
  })
  await told(phone, ({ mute }) => mute !== undefined)
  expect((await call('ann', 'GET', `/v1/channels/${channel}`)).body).toMatchObject({
    channel: { muted: true },
  })
  expect((await call('bob', 'GET', `/v1/channels/${channel}`)).body).toMatchObject({
    channel: { muted: false },
  })
  await call('ann', 'PUT', `/v1/channels/${channel}/mute`, { until: '2020-01-01T00:00:00.000Z' })
  expect((await call('ann', 'GET', `/v1/channels/${channel}`)).body).toMatchObject({
    channel: { muted: false },
  })
  expect((await call('eve', 'PUT', `/v1/channels/${channel}/mute`)).status).toBe(404)

  await call('ann', 'PUT', `/v1/channels/${channel}/draft`, { body: 'what I th' })
  await call('ann', 'PUT', `/v1/channels/${channel}/draft`, { body: 'what I think' })
  await told(phone, ({ draft }) => (draft as { body?: string } | undefined)?.body === 'what I think')
  expect((await call('ann', 'GET', '/v1/me/drafts')).body).toMatchObject({
    items: [{ channel, body: 'what I think' }],
  })
  await call('ann', 'DELETE', `/v1/channels/${channel}/draft`)
  expect((await call('ann', 'GET', '/v1/me/drafts')).body).toMatchObject({ items: [] })
  phone.close()
})

test('who is blocked can’t write to me, nor add me, in words that don’t say so, until they are unblocked', async () => {
  const direct = await channelWith('ann', ['mallory'], 'direct')
  const mallory = await connect('mallory', 'phone')
  const send = (cid: string) => mallory.ask({ t: 'send', channel: direct, cid, body: 'hey' })
  expect(await send('m1')).toMatchObject({ t: 'ack' })
  expect((await call('ann', 'PUT', '/v1/me/blocks/mallory')).status).toBe(204)
  expect((await call('ann', 'PUT', '/v1/me/blocks/mallory')).status).toBe(204)
  const refused = await send('m2')
  expect(refused).toMatchObject({ t: 'error', code: 'forbidden' })
  expect(String(refused['message'])).not.toMatch(/block/)
  expect((await call('mallory', 'POST', '/v1/channels', { kind: 'group', members: ['ann'] })).status).toBe(
    403,
  )
  // A channel that isn't theirs looks the same whoever blocked whom.
  const others = await channelWith('ann', [])
  await call('bob', 'GET', '/v1/me')
  for (const channel of ['nochannel', others])
    for (const user of ['ann', 'bob']) {
      expect((await call('mallory', 'PUT', `/v1/channels/${channel}/members/${user}`)).status).toBe(404)
      const many = { users: [user] }
      expect((await call('mallory', 'POST', `/v1/channels/${channel}/members`, many)).status).toBe(404)
    }
  const own = await channelWith('mallory', [])
  expect((await call('mallory', 'PUT', `/v1/channels/${own}/members/ann`)).status).toBe(403)
  expect((await call('ann', 'GET', '/v1/me/blocks')).body).toMatchObject({ items: [{ user: 'mallory' }] })
  await call('ann', 'DELETE', '/v1/me/blocks/mallory')
  expect(await send('m2')).toMatchObject({ t: 'ack', seq: 2 })
  // A block from before there was a channel holds in it too.
  await call('oscar', 'GET', '/v1/me')
  await call('ann', 'PUT', '/v1/me/blocks/oscar')
  expect((await call('oscar', 'POST', '/v1/channels', { kind: 'direct', members: ['ann'] })).status).toBe(403)
  const begun = await channelWith('ann', ['oscar'], 'direct')
  const oscar = await connect('oscar', 'phone')
  expect(await oscar.ask({ t: 'send', channel: begun, cid: 'o1', body: 'hey' })).toMatchObject({
    code: 'forbidden',
  })
  mallory.close()
  oscar.close()
})

test('who is blocked, or not among those whom I let, doesn’t see whether I am there', async () => {
  const [nina, omar] = [await connect('nina', 'p'), await connect('omar', 'p')]
  const seen = async () => {
    await omar.ask({ t: 'unwatch', users: ['nina'] })
    const { presence } = await omar.ask({ t: 'watch', users: ['nina'] })
    return (presence as { status: string }[])[0]?.status === 'online'
  }
  const change = (audience: string) => call('nina', 'PATCH', '/v1/me/settings', { presence: audience })
  await until(seen, 'everyone sees it')
  await change('contacts')
  await until(async () => !(await seen()), 'omar is no contact')
  await call('nina', 'PUT', '/v1/me/contacts/omar')
  await until(seen, 'omar is a contact')
  await call('nina', 'PUT', '/v1/me/blocks/omar')
  await until(async () => !(await seen()), 'omar is blocked')
  nina.close()
  omar.close()
})

test('who sees when I was there last is a setting of its own, and nobody sees anything of one who wants that', async () => {
  const pete = await connect('pete', 'p')
  const quinn = await connect('quinn', 'p')
  const change = (set: object) => call('quinn', 'PATCH', '/v1/me/settings', set)
  const watched = async () => {
    await pete.ask({ t: 'unwatch', users: ['quinn'] })
    const { presence } = await pete.ask({ t: 'watch', users: ['quinn'] })
    return (presence as { status: string; last_seen: string | null }[])[0]
  }
  const seen = (status: string, hasTime: boolean) => async () => {
    const now = await watched()
    return now?.status === status && (now.last_seen !== null) === hasTime
  }
  await until(seen('online', true), 'all of it is seen')
  await change({ last_seen: 'contacts' })
  await until(seen('online', false), 'pete is no contact: quinn is there, and that is all')
  await call('quinn', 'PUT', '/v1/me/contacts/pete')
  await until(seen('online', true), 'pete is a contact')
  await change({ last_seen: 'nobody' })
  await until(seen('online', false), 'nobody is told when')
  quinn.close()
  const gone = await told(
    pete,
    ({ kind, user, status }) => kind === 'presence' && user === 'quinn' && status === 'offline',
  )
  expect(gone['event']).toMatchObject({ last_seen: null })
  await until(seen('offline', false), 'nor afterwards')
  const back = await connect('quinn', 'p')
  await until(seen('online', false), 'quinn is back')
  await change({ presence: 'nobody' })
  await until(seen('offline', false), 'nobody sees that either')
  const own = await back.ask({ t: 'watch', users: ['quinn'] })
  expect(own['presence']).toMatchObject([{ status: 'online', last_seen: expect.any(String) }])
  back.close()
  pete.close()
})

test('contacts are added, listed and removed', async () => {
  await call('bob', 'GET', '/v1/me')
  expect((await call('ann', 'PUT', '/v1/me/contacts/bob')).status).toBe(204)
  expect((await call('ann', 'PUT', '/v1/me/contacts/nobody-there')).status).toBe(404)
  expect((await call('ann', 'GET', '/v1/me/contacts')).body).toMatchObject({ items: [{ user: 'bob' }] })
  await call('ann', 'DELETE', '/v1/me/contacts/bob')
  expect((await call('ann', 'GET', '/v1/me/contacts')).body).toMatchObject({ items: [] })
})

test('many messages make one receipt; delivered, then read; never of one’s own', async () => {
  const channel = await channelWith('rita', ['rob'], 'direct')
  const [rita, rob] = [await connect('rita', 'phone'), await connect('rob', 'phone')]
  const count = 300
  for (let i = 1; i <= count; i++) rita.send({ t: 'send', id: 1_000 + i, channel, cid: `c${i}`, body: 'x' })
  await told(rob, ({ kind, seq }) => kind === 'message' && seq === count)
  rob.send({ t: 'received', cursor: newestCursor(rob) })
  rita.send({ t: 'received', cursor: newestCursor(rita) })
  await told(rita, ({ kind, seq }) => kind === 'delivered' && seq === count)
  expect(await rob.ask({ t: 'read', channel, seq: count })).toMatchObject({ t: 'ok' })
  await told(rita, ({ kind, seq, user }) => kind === 'read' && seq === count && user === 'rob')
  expect((await call('rita', 'GET', `/v1/channels/${channel}/receipts`)).body).toMatchObject({
    items: [{ user: 'rob', delivered: count, read: count }],
  })
  const receipts = eventsOf(rita).filter(({ kind }) => kind === 'delivered' || kind === 'read')
  // Gathered over the time that it took, not one a message.
  expect(receipts.length).toBeLessThan(10)
  expect(eventsOf(rob).filter(({ kind }) => kind === 'delivered')).toEqual([])
  rita.close()
  rob.close()
})

test('who keeps to themselves what they read isn’t told what others read', async () => {
  const channel = await channelWith('sam', ['tess', 'uma'])
  await call('sam', 'PATCH', '/v1/me/settings', { read_receipts: false })
  const [sam, tess, uma] = [await connect('sam', 'p'), await connect('tess', 'p'), await connect('uma', 'p')]
  await tess.ask({ t: 'send', channel, cid: 'one', body: 'x' })
  await sam.ask({ t: 'read', channel, seq: 1 })
  await uma.ask({ t: 'read', channel, seq: 1 })
  await told(tess, ({ kind, user }) => kind === 'read' && user === 'uma')
  // Whatever was before in its queue, sam has it once this has come.
  await tess.ask({ t: 'send', channel, cid: 'two', body: 'y' })
  await told(sam, ({ kind, seq }) => kind === 'message' && seq === 2)
  expect(eventsOf(sam).filter(({ kind, user }) => kind === 'read' && user !== 'sam')).toEqual([])
  expect(eventsOf(tess).filter(({ kind, user }) => kind === 'read' && user === 'sam')).toEqual([])
  const { body } = await call('sam', 'GET', `/v1/channels/${channel}/receipts`)
  expect((body['items'] as { read: number }[]).map(({ read }) => read)).toEqual([0, 0])
  for (const client of [sam, tess, uma]) client.close()
})

test('a badge counts what is unread, and through a mute only what mentions me', async () => {
  const [loud, muted] = [await channelWith('vera', ['will']), await channelWith('vera', ['will'])]
  const will = await connect('will', 'p')
  const badge = async () => (await call('vera', 'GET', '/v1/me/badge')).body['unread']
  await call('vera', 'PUT', `/v1/channels/${muted}/mute`)
  const send = (channel: string, cid: string, more = {}) =>
    will.ask({ t: 'send', channel, cid, body: 'x', ...more })
  await send(loud, 'a')
  await send(loud, 'b')
  await send(muted, 'c')
  await send(muted, 'd', { mentions: ['vera'] })
  await until(async () => (await badge()) === 3, 'the badge counts all')
  await call('vera', 'PUT', `/v1/channels/${muted}/mute`, { mentions: false })
  await until(async () => (await badge()) === 2, 'mentions don’t come through')
  await call('vera', 'DELETE', `/v1/channels/${muted}/mute`)
  await until(async () => (await badge()) === 4, 'it is loud again')
  will.close()
})

test('a device that is removed is out at once, with its tokens; the others stay', async () => {
  const account = { name: 'zoe', password: 'a long password' }
  expect((await http(weft.url, 'POST', '/v1/accounts', { body: account })).status).toBe(201)
  const logIn = async (device: string) => {
    const given = { ...account, device, device_name: `Zoe’s ${device}`, platform: 'test' }
    return (await http(weft.url, 'POST', '/v1/sessions', { body: given })).body as Record<string, string>
  }
  const [phone, laptop] = [await logIn('phone'), await logIn('laptop')]
  const mine = (token: string | undefined, method: string, path: string) =>
    http(weft.url, method, path, { token: token ?? '' })
  const listed = await mine(laptop['access_token'], 'GET', '/v1/me/devices')
  expect(listed.body['items']).toHaveLength(2)
  expect(listed.body['items']).toContainEqual(
    expect.objectContaining({ id: 'laptop', name: 'Zoe’s laptop', platform: 'test', current: true }),
  )
  const open = await RawClient.hello(weft.ws, { token: phone['access_token'] ?? '', device: 'phone' })
  expect((await mine(laptop['access_token'], 'DELETE', '/v1/me/devices/phone')).status).toBe(204)
  expect(await open.closed).toBe(4401)
  expect((await mine(phone['access_token'], 'GET', '/v1/me')).status).toBe(401)
  const refresh = { refresh_token: phone['refresh_token'] }
  expect((await http(weft.url, 'POST', '/v1/sessions/refresh', { body: refresh })).status).toBe(401)
  expect((await mine(laptop['access_token'], 'GET', '/v1/me/devices')).body['items']).toHaveLength(1)
})

test('a customer’s token of before is refused for a device that was removed', async () => {
  const issued = Math.floor(Date.now() / 1000) - 5
  const token = mintToken(SECRET, 'yuri', { iat: issued })
  const open = await RawClient.hello(weft.ws, { token, device: 'tablet' })
  expect((await call('yuri', 'DELETE', '/v1/me/devices/tablet')).status).toBe(204)
  expect(await open.closed).toBe(4401)
  await expect(RawClient.hello(weft.ws, { token, device: 'tablet' })).rejects.toThrow(/removed/)
  const other = await RawClient.hello(weft.ws, { token, device: 'phone' })
  other.close()
  const later = mintToken(SECRET, 'yuri', { iat: Math.floor(Date.now() / 1000) + 2 })
  const back = await RawClient.hello(weft.ws, { token: later, device: 'tablet' })
  back.close()
})
