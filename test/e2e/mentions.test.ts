import { afterAll, beforeAll, expect, test } from 'vitest'
import { WeftClient } from '../../sdk/src/mod.ts'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { limits, live } from './sdk-support.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
const start = () => startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
beforeAll(async () => {
  folder = await temporaryFolder('mentions')
  weft = await start()
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
let rooms = 0
/** A channel of ann (owner) and bob, and ann's socket. */
async function room(kind: 'group' | 'broadcast' = 'group') {
  rooms++
  const [ann, bob] = [`ann-${rooms}`, `bob-${rooms}`] as [string, string]
  const made = await call(ann, 'POST', '/channels', { kind, name: 'Tea', members: [bob] })
  const { id } = made.body['channel'] as { id: string }
  const open = (user: string, cursor?: string) =>
    RawClient.hello(weft.ws, {
      token: token(user),
      device: 'pc',
      ...(cursor === undefined ? {} : { cursor }),
    })
  const client = await open(ann)
  let sent = 0
  const say = async (more: object = {}, by = client): Promise<Frame> =>
    by.ask({ t: 'send', channel: id, cid: `m${++sent}`, body: `words ${sent}`, ...more })
  return { id, ann, bob, client, open, say }
}
/** What every call that shows a channel says of it, and the badge. */
async function counted(user: string, id: string) {
  const one = (await call(user, 'GET', `/channels/${id}`)).body['channel']
  const [list] = (await call(user, 'GET', '/channels')).body['items'] as unknown[]
  const [snapshot] = (await call(user, 'GET', '/sync')).body['channels'] as unknown[]
  const of = (channel: unknown) => {
    const { unread, mentions } = channel as { unread: number; mentions: number }
    return { unread, mentions }
  }
  expect([of(list), of(snapshot)]).toEqual([of(one), of(one)])
  return { ...of(one), badge: (await call(user, 'GET', '/me/badge')).body['unread'] }
}
const eventOf = (frame: Frame) => (frame['event'] ?? {}) as Record<string, unknown>

test('unread messages that mention me, by name or with all, are counted by themselves, and come through a mute', async () => {
  const { id, bob, client, say, open } = await room()
  const reader = await open(bob)
  await say()
  await say({ mentions: [bob] })
  await say({ mention_all: 'channel' })
  expect(await counted(bob, id)).toEqual({ unread: 3, mentions: 2, badge: 3 })
  // By name and with all is once; replies are counted by thread.
  await say({ mention_all: 'here', mentions: [bob] })
  await say({ reply_to: 1, mentions: [bob], mention_all: 'channel' })
  expect(await counted(bob, id)).toEqual({ unread: 4, mentions: 3, badge: 4 })
  expect((await call(bob, 'PUT', `/channels/${id}/mute`)).status).toBe(200)
  expect(await counted(bob, id)).toEqual({ unread: 4, mentions: 3, badge: 3 })
  expect((await call(bob, 'GET', `/channels/${id}`)).body).toMatchObject({
    channel: { muted: true, mute: { until: null, mentions: true } },
  })
  await reader.ask({ t: 'read', channel: id, seq: 2 })
  expect(await counted(bob, id)).toEqual({ unread: 2, mentions: 2, badge: 2 })
  await call(bob, 'PUT', `/channels/${id}/mute`, { mentions: false })
  expect(await counted(bob, id)).toEqual({ unread: 2, mentions: 2, badge: 0 })
  await reader.ask({ t: 'read', channel: id, seq: 5 })
  expect(await counted(bob, id)).toEqual({ unread: 0, mentions: 0, badge: 0 })
  client.cut()
  reader.cut()
})

test('nobody mentions all without the right, or by an edit', async () => {
  const { id, ann, bob, client, say, open } = await room()
  const reader = await open(bob)
  await say({}, reader)
  const edit = { t: 'edit', channel: id, seq: 1, body: 'better', mention_all: 'channel' }
  expect(await reader.ask(edit)).toMatchObject({ t: 'ok' })
  expect(await counted(ann, id)).toEqual({ unread: 1, mentions: 0, badge: 1 })
  const [message] = (await call(ann, 'GET', `/channels/${id}/messages`)).body['items'] as object[]
  expect(message).toMatchObject({ body: 'better' })
  expect(message).not.toHaveProperty('mention_all')
  expect((await call(ann, 'PATCH', `/channels/${id}`, { rights: { mention_all: 'admin' } })).status).toBe(200)
  for (const mention_all of ['channel', 'here'])
    expect(await say({ mention_all }, reader)).toMatchObject({ t: 'error', code: 'forbidden' })
  for (const mention_all of ['everyone', true, ''])
    expect(await say({ mention_all })).toMatchObject({ t: 'error', code: 'bad_frame' })
  expect(await say({ mention_all: 'here' })).toMatchObject({ t: 'ack' })
  client.cut()
  reader.cut()
})

test('where messages are read rather than queued the mark says that all are mentioned, also after kill -9', async () => {
  const { id, bob, client, say, open } = await room('broadcast')
  const reader = await open(bob)
  await say()
  const isMark = (seq: number) => (frame: Frame) =>
    eventOf(frame)['kind'] === 'head' && Number(eventOf(frame)['seq']) >= seq
  expect(eventOf(await reader.next(isMark(1)))).not.toHaveProperty('mention_all')
  const cursor = String(reader.frames.find(({ t }) => t === 'welcome')?.['cursor'])
  reader.cut()
  await say({ mention_all: 'channel' })
  await say()
  const before = await counted(bob, id)
  expect(before).toEqual({ unread: 3, mentions: 1, badge: 3 })
  // Told once all of it stands in the marks, whatever is lost after that.
  const witness = await open(bob)
  await say()
  await witness.next(isMark(4))
  witness.cut()
  client.cut()
  await weft.killGroup()
  weft = await start()
  expect(await counted(bob, id)).toEqual({ unread: 4, mentions: 1, badge: 4 })
  const again = await open(bob, cursor)
  expect(eventOf(await again.next(isMark(4)))).toMatchObject({ channel: id, mention_all: 'channel' })
  again.cut()
})

test('each of a person’s many devices counts as the server does, the one that was away too', async () => {
  const { id, bob, client, say } = await room()
  const large = await call(`ann-${rooms}`, 'POST', '/channels', {
    kind: 'broadcast',
    name: 'All',
    members: [bob],
  })
  const { id: all } = large.body['channel'] as { id: string }
  const devices = Array.from(
    { length: 4 },
    (_, n) => new WeftClient({ url: weft.url, auth: async () => token(bob), device: `d${n}`, limits }),
  )
  const [first, second, third, last] = devices as [WeftClient, WeftClient, WeftClient, WeftClient]
  for (const device of devices) {
    await device.start()
    await live(device)
  }
  const server = async (channel: string) =>
    ((await call(bob, 'GET', `/channels/${channel}`)).body['channel'] as { mentions: number }).mentions
  const agree = async (wanted: { here: number; there: number; badge: number }, who = devices) => {
    const shown = (device: WeftClient) => ({
      here: device.channels.get(id)?.mentions,
      there: device.channels.get(all)?.mentions,
      badge: device.badge,
    })
    await until(
      () => who.every((device) => JSON.stringify(shown(device)) === JSON.stringify(wanted)),
      `all show ${JSON.stringify(wanted)}`,
    ).catch((error: unknown) => {
      throw new Error(JSON.stringify(who.map(shown)), { cause: error })
    })
    expect([await server(id), await server(all)]).toEqual([wanted.here, wanted.there])
    for (const device of who) expect(await device.mine.badge()).toBe(wanted.badge)
  }
  await say()
  await say({ mentions: [bob] })
  await say({ mention_all: 'channel' })
  await client.ask({ t: 'send', channel: all, cid: 'a1', body: 'words', mentions: [bob] })
  await client.ask({ t: 'send', channel: all, cid: 'a2', body: 'words', mention_all: 'here' })
  await client.ask({ t: 'send', channel: all, cid: 'a3', body: 'words' })
  await agree({ here: 2, there: 2, badge: 6 })
  await last.stop()
  await second.mine.mute(id)
  await agree({ here: 2, there: 2, badge: 5 }, [first, second, third])
  first.markRead(id, 2)
  await agree({ here: 1, there: 2, badge: 4 }, [first, second, third])
  third.markRead(all, 1)
  await agree({ here: 1, there: 1, badge: 3 }, [first, second, third])
  await say({ mentions: [bob] })
  await say({ reply_to: 1, mentions: [bob] })
  await last.start()
  await live(last)
  await agree({ here: 2, there: 1, badge: 4 })
  last.markRead(id, 5)
  await second.mine.unmute(id)
  await agree({ here: 0, there: 1, badge: 2 })
  await Promise.all(devices.map((device) => device.stop()))
  client.cut()
})
