import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('threads')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

type Thread = {
  readonly channel: string
  readonly thread: number
  readonly root: Record<string, unknown>
  readonly replies: number
  readonly last: { readonly seq: number; readonly from: string; readonly at: string }
  readonly read: number
  readonly unread: number
  readonly following: boolean
}
type Message = { readonly seq: number; readonly [field: string]: unknown }

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const items = async <T>(user: string, path: string): Promise<T[]> => {
  const { status, body } = await call(user, 'GET', path)
  expect([path, status]).toEqual([path, 200])
  return body['items'] as T[]
}
const threadsOf = (user: string, channel: string) => items<Thread>(user, `/channels/${channel}/threads`)
const repliesOf = (user: string, channel: string, query: string) =>
  items<Message>(user, `/channels/${channel}/messages?${query}`)
const followed = (user: string) => items<Thread>(user, '/threads')
const seqs = (messages: readonly Message[]) => messages.map(({ seq }) => seq)

let rooms = 0
/** A group of ann (owner), bob and cid, with `count` messages of ann's; everybody's sockets. */
async function room(count: number, kind: 'group' | 'broadcast' = 'group') {
  rooms++
  const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => `${name}-${rooms}`) as [string, string, string]
  const made = await call(ann, 'POST', '/channels', { kind, name: 'Tea', members: [bob, cid] })
  const { id: channel } = made.body['channel'] as { id: string }
  const open = (user: string, device = 'pc') => RawClient.hello(weft.ws, { token: token(user), device })
  const clients = { ann: await open(ann), bob: await open(bob), cid: await open(cid) }
  let sent = 0
  const say = async (client: RawClient, more: object = {}): Promise<Frame> =>
    client.ask({ t: 'send', channel, cid: `m${++sent}`, body: `words ${sent}`, ...more })
  for (let seq = 1; seq <= count; seq++) await say(clients.ann)
  const cut = () => {
    for (const client of Object.values(clients)) client.cut()
  }
  return { channel, ann, bob, cid, clients, open, say, cut }
}
const eventOf = (frame: Frame) => (frame['event'] ?? {}) as Record<string, unknown>

test('a reply is in its thread as soon as it is acked: who follows it and what is unread', async () => {
  const { channel, ann, bob, cid, clients, say, cut } = await room(3)
  expect(await threadsOf(ann, channel)).toEqual([])
  await say(clients.bob, { reply_to: 1 })
  const [first] = await threadsOf(ann, channel)
  expect(first).toMatchObject({
    channel,
    thread: 1,
    root: { channel, seq: 1, from: ann, body: 'words 1', thread_replies: { count: 1, last: 4 } },
    replies: 1,
    last: { seq: 4, from: bob },
    read: 0,
    unread: 1,
    following: true,
  })
  expect(first?.last.at).toMatch(/^\d{4}-.*\.\d{3}Z$/)
  // The writer has read what they wrote; who isn't in it counts it too, and doesn't follow.
  expect(await threadsOf(bob, channel)).toMatchObject([{ read: 4, unread: 0, following: true }])
  expect(await threadsOf(cid, channel)).toMatchObject([{ unread: 1, following: false }])
  expect(await followed(cid)).toEqual([])
  await say(clients.ann, { reply_to: 4, mentions: [cid] })
  await say(clients.bob, { reply_to: 2 })
  expect((await threadsOf(cid, channel)).map(({ thread, unread }) => [thread, unread])).toEqual([
    [2, 1],
    [1, 2],
  ])
  // To be named in it is to follow it.
  expect(await followed(cid)).toMatchObject([{ channel, thread: 1, unread: 2, following: true }])
  expect(await followed(bob)).toMatchObject([{ thread: 1, unread: 1 }])
  expect(await followed(ann)).toMatchObject([{ thread: 2, unread: 1 }])
  expect((await call(ann, 'GET', `/channels/${channel}/threads/2`)).body).toMatchObject({
    thread: { thread: 2, replies: 1, unread: 1 },
  })
  cut()
})

test('a mark of a thread rises on all of my devices, is told to nobody else, and leaves the channel unread', async () => {
  const { channel, ann, cid, clients, open, say, cut } = await room(2)
  const phone = await open(cid, 'phone')
  for (let n = 0; n < 3; n++) await say(clients.bob, { reply_to: 1 })
  const read = (seq: number, thread: unknown = 1) =>
    clients.cid.ask({ t: 'read', channel, seq, ...(thread === undefined ? {} : { thread }) })
  expect(await read(4)).toMatchObject({ t: 'ok' })
  expect(await threadsOf(cid, channel)).toMatchObject([{ read: 4, unread: 1 }])
  const told = await phone.next((frame) => eventOf(frame)['kind'] === 'read')
  expect(told['event']).toEqual({ kind: 'read', channel, user: cid, seq: 4, thread: 1 })
  // Lower or again changes nothing, and is no event.
  expect(await read(3)).toMatchObject({ t: 'ok' })
  expect(await read(4)).toMatchObject({ t: 'ok' })
  expect(await read(5)).toMatchObject({ t: 'ok' })
  await phone.next((frame) => eventOf(frame)['seq'] === 5 && eventOf(frame)['kind'] === 'read')
  expect(phone.frames.filter((frame) => eventOf(frame)['kind'] === 'read')).toHaveLength(2)
  expect(await threadsOf(cid, channel)).toMatchObject([{ read: 5, unread: 0 }])
  // Those of others are their own.
  expect(await threadsOf(ann, channel)).toMatchObject([{ read: 0, unread: 3 }])
  expect((await call(cid, 'GET', `/channels/${channel}`)).body).toMatchObject({
    channel: { read: 0, unread: 2 },
  })
  expect(await read(99)).toMatchObject({ t: 'error', code: 'bad_frame' })
  expect(await read(5, 99)).toMatchObject({ t: 'error', code: 'not_found' })
  // A reply begins no thread, whoever remembers it; a message that has no replies yet could.
  expect(await read(5, 4)).toMatchObject({
    t: 'error',
    code: 'not_found',
    message: expect.stringContaining('thread'),
  })
  expect(await read(5, 2)).toMatchObject({ t: 'ok' })
  for (const thread of [0, -1, 'x', 1.5, null])
    expect(await read(5, thread)).toMatchObject({ t: 'error', code: 'bad_frame' })
  expect((await read(5, 99))['message']).toContain('thread')
  const others = [clients.ann, clients.bob].flatMap((client) => client.frames)
  expect(others.filter((frame) => eventOf(frame)['kind'] === 'read')).toEqual([])
  phone.cut()
  cut()
})

test('a thread is read in pages, and threads are too', async () => {
  const { channel, ann, clients, say, cut } = await room(2)
  for (let n = 0; n < 7; n++) await say(clients.bob, { reply_to: 1 + (n % 2) })
  // 3 5 7 9 in the first, 4 6 8 in the second.
  expect(seqs(await repliesOf(ann, channel, 'thread=1'))).toEqual([3, 5, 7, 9])
  expect(seqs(await repliesOf(ann, channel, 'thread=2'))).toEqual([4, 6, 8])
  expect(seqs(await repliesOf(ann, channel, 'thread=1&limit=2'))).toEqual([7, 9])
  expect(seqs(await repliesOf(ann, channel, 'thread=1&before=7'))).toEqual([3, 5])
  expect(seqs(await repliesOf(ann, channel, 'thread=1&after=3&limit=2'))).toEqual([5, 7])
  expect(await repliesOf(ann, channel, 'thread=3')).toEqual([])
  const paged: number[] = []
  let cursor = ''
  for (let page = 0; page < 5; page++) {
    const { body } = await call(ann, 'GET', `/channels/${channel}/messages?thread=1&limit=3${cursor}`)
    paged.unshift(...seqs(body['items'] as Message[]))
    if (typeof body['next'] !== 'string') break
    cursor = `&cursor=${body['next']}`
  }
  expect(paged).toEqual([3, 5, 7, 9])
  const first = await call(ann, 'GET', `/channels/${channel}/threads?limit=1`)
  expect(first.body).toMatchObject({ items: [{ thread: 1, last: { seq: 9 } }] })
  const second = await call(
    ann,
    'GET',
    `/channels/${channel}/threads?limit=1&cursor=${String(first.body['next'])}`,
  )
  expect(second.body).toMatchObject({ items: [{ thread: 2, last: { seq: 8 } }], next: null })
  const mine = await call(ann, 'GET', '/threads?limit=1')
  expect(mine.body).toMatchObject({ items: [{ thread: 1, unread: 4 }] })
  const rest = await call(ann, 'GET', `/threads?limit=1&cursor=${String(mine.body['next'])}`)
  expect(rest.body).toMatchObject({ items: [{ thread: 2, unread: 3 }], next: null })
  const history = await repliesOf(ann, channel, 'limit=9')
  expect(history.map(({ seq, thread_replies }) => [seq, thread_replies])).toEqual([
    [1, { count: 4, last: 9 }],
    [2, { count: 3, last: 8 }],
    ...[3, 4, 5, 6, 7, 8, 9].map((seq) => [seq, undefined]),
  ])
  for (const seq of [1, 5]) await clients.ann.ask({ t: 'pin', channel, seq, on: true })
  const isPinned = (messages: readonly Record<string, unknown>[]) =>
    messages.map(({ seq, pinned }) => [seq, pinned === true])
  expect(isPinned(await repliesOf(ann, channel, 'thread=1&limit=3'))).toEqual([
    [5, true],
    [7, false],
    [9, false],
  ])
  expect(isPinned((await threadsOf(ann, channel)).map(({ root }) => root))).toEqual([
    [1, true],
    [2, false],
  ])
  for (const bad of ['thread=0', 'thread=x', 'thread=-1', 'thread=1&around=3', 'thread=1&before=3&after=2'])
    expect([bad, (await call(ann, 'GET', `/channels/${channel}/messages?${bad}`)).status]).toEqual([bad, 400])
  for (const bad of ['cursor=x', 'cursor=before:', 'limit=0', 'limit=201']) {
    expect([bad, (await call(ann, 'GET', `/channels/${channel}/threads?${bad}`)).status]).toEqual([bad, 400])
    expect([bad, (await call(ann, 'GET', `/threads?${bad}`)).status]).toEqual([bad, 400])
  }
  const nowhere = await call(ann, 'GET', `/channels/${channel}/messages?thread=99`)
  expect(nowhere).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  for (const thread of ['3', '99', '0', 'x'])
    expect((await call(ann, 'GET', `/channels/${channel}/threads/${thread}`)).status).toBe(404)
  cut()
})

test('replies outlive what they reply to, deleted ones are not unread, and nothing more is replied', async () => {
  const { channel, ann, cid, clients, say, cut } = await room(2)
  await say(clients.bob, { reply_to: 1 })
  await say(clients.bob, { reply_to: 1 })
  expect(await threadsOf(ann, channel)).toMatchObject([{ replies: 2, unread: 2 }])
  expect(await clients.bob.ask({ t: 'delete', channel, seq: 3 })).toMatchObject({ t: 'ok' })
  expect(await threadsOf(ann, channel)).toMatchObject([{ replies: 2, unread: 1, last: { seq: 4 } }])
  expect(await clients.ann.ask({ t: 'delete', channel, seq: 1 })).toMatchObject({ t: 'ok' })
  expect(await repliesOf(cid, channel, 'thread=1')).toMatchObject([
    { seq: 3, deleted: true, body: '', thread: 1 },
    { seq: 4, body: 'words 4', thread: 1 },
  ])
  const [thread] = await threadsOf(ann, channel)
  expect(thread?.root).toMatchObject({
    seq: 1,
    deleted: true,
    body: '',
    thread_replies: { count: 2, last: 4 },
  })
  const [root] = await repliesOf(cid, channel, 'limit=9')
  expect(root).toMatchObject({ seq: 1, deleted: true, thread_replies: { count: 2, last: 4 } })
  for (const reply_to of [1, 3])
    expect(await say(clients.bob, { reply_to })).toMatchObject({ t: 'error', code: 'conflict' })
  expect(await say(clients.bob, { reply_to: 4 })).toMatchObject({ t: 'ack' })
  cut()
})

test('what one joined after, and what one left, is not unread', async () => {
  const { channel, ann, cid, clients, say, cut } = await room(1)
  await say(clients.bob, { reply_to: 1, mentions: [cid] })
  expect(await followed(cid)).toMatchObject([{ unread: 1 }])
  expect((await call(cid, 'DELETE', `/channels/${channel}/members/${cid}`)).status).toBe(204)
  expect(await followed(cid)).toEqual([])
  expect((await call(cid, 'GET', `/channels/${channel}/threads`)).status).toBe(403)
  expect((await call(ann, 'PUT', `/channels/${channel}/members/${cid}`)).status).toBe(201)
  expect(await threadsOf(cid, channel)).toMatchObject([{ unread: 0, following: true }])
  await say(clients.bob, { reply_to: 1 })
  expect(await threadsOf(cid, channel)).toMatchObject([{ unread: 1 }])
  cut()
})

test('in a channel whose messages are read rather than queued a thread is the same', async () => {
  const { channel, ann, cid, clients, say, cut } = await room(1, 'broadcast')
  expect((await call(ann, 'PATCH', `/channels/${channel}`, { rights: { send: 'member' } })).status).toBe(200)
  expect(await say(clients.bob, { reply_to: 1 })).toMatchObject({ t: 'ack' })
  expect(await threadsOf(ann, channel)).toMatchObject([{ thread: 1, unread: 1, following: true }])
  expect(await clients.cid.ask({ t: 'read', channel, seq: 2, thread: 1 })).toMatchObject({ t: 'ok' })
  expect(await threadsOf(cid, channel)).toMatchObject([{ read: 2, unread: 0 }])
  cut()
})

test('all of it stands after kill -9, and a reply knows what only the store remembers', async () => {
  const { channel, ann, cid, clients, say, cut } = await room(3)
  for (const reply_to of [1, 1, 2]) await say(clients.bob, { reply_to })
  await clients.cid.ask({ t: 'read', channel, seq: 4, thread: 1 })
  await clients.ann.ask({ t: 'delete', channel, seq: 3 })
  const shown = async () => [
    await threadsOf(cid, channel),
    await followed(ann),
    await repliesOf(cid, channel, 'thread=1'),
    await repliesOf(cid, channel, 'limit=9'),
  ]
  const before = await shown()
  expect(before[0]).toMatchObject([
    { thread: 2, unread: 1 },
    { thread: 1, read: 4, unread: 1 },
  ])
  cut()
  await weft.killGroup()
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
  expect(await shown()).toEqual(before)
  // Snapshots leave nothing of it in the owner's memory: stopped in order, it begins with them.
  await weft.stop()
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
  const again = await RawClient.hello(weft.ws, { token: token(ann), device: 'pc' })
  const reply = (reply_to: number) => say(again, { reply_to })
  expect(await reply(3)).toMatchObject({ t: 'error', code: 'conflict' })
  expect(await reply(5)).toMatchObject({ t: 'ack', seq: 7 })
  expect(await repliesOf(ann, channel, 'thread=1')).toMatchObject([{ seq: 4 }, { seq: 5 }, { seq: 7 }])
  again.cut()
})
