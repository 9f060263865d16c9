import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('message-changes')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET, WEFT_LIMITS: 'off' })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

let rooms = 0
/** A group of ann (owner), bob and cid, with `count` messages of bob's; everybody's sockets. */
async function room(count: number) {
  const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => `${name}-${++rooms}`) as [
    string,
    string,
    string,
  ]
  const body = { kind: 'group', name: 'Tea', members: [bob, cid] }
  const made = await http(weft.url, 'POST', '/v1/channels', { token: token(ann), body })
  const { id: channel } = made.body['channel'] as { id: string }
  const open = (user: string) => RawClient.hello(weft.ws, { token: token(user), device: 'pc' })
  const clients = { ann: await open(ann), bob: await open(bob), cid: await open(cid) }
  for (let seq = 1; seq <= count; seq++)
    await clients.bob.ask({ t: 'send', channel, cid: `m${seq}`, body: `secret words ${seq}` })
  const history = async (user = ann) => {
    const { body: page } = await http(weft.url, 'GET', `/v1/channels/${channel}/messages`, {
      token: token(user),
    })
    return page['items'] as Record<string, unknown>[]
  }
  return { channel, ann, bob, cid, clients, history }
}
const event = (kind: string) => (frame: Frame) =>
  frame.t === 'event' && (frame['event'] as { kind: string }).kind === kind
const eventIn = async (client: RawClient, kind: string) => (await client.next(event(kind)))['event']

test('an edit is seen by all, in the history at once, and is its author’s alone', async () => {
  const { channel, clients, history, ann, bob } = await room(2)
  expect(await clients.bob.ask({ t: 'edit', channel, seq: 1, body: 'better words' })).toMatchObject({
    t: 'ok',
  })
  expect((await history())[0]).toMatchObject({ seq: 1, body: 'better words', from: bob })
  expect((await history())[0]?.['edited_at']).toMatch(/^\d{4}-/)
  expect((await history())[1]).not.toHaveProperty('edited_at')
  expect(await eventIn(clients.cid, 'edited')).toMatchObject({
    channel,
    seq: 1,
    body: 'better words',
    by: bob,
  })
  for (const who of [clients.ann, clients.cid])
    expect(await who.ask({ t: 'edit', channel, seq: 1, body: 'mine now' })).toMatchObject({
      code: 'forbidden',
    })
  expect(await clients.bob.ask({ t: 'edit', channel, seq: 99, body: 'x' })).toMatchObject({
    code: 'not_found',
  })
  expect(await clients.bob.ask({ t: 'edit', channel, seq: 1, body: 'x'.repeat(17_000) })).toMatchObject({
    code: 'too_large',
  })
  // The author's words, edited, are sealed on disk as all are: asked for by somebody else, they are read.
  expect((await history(ann))[0]).toMatchObject({ body: 'better words' })
  for (const client of Object.values(clients)) client.cut()
})

test('a deleted message keeps its place and nothing else: history, live, and for who comes back', async () => {
  const { channel, clients, history, cid, bob } = await room(3)
  await clients.cid.next((frame) => (frame['event'] as { seq?: number } | undefined)?.seq === 3)
  const from = String(clients.cid.frames.find(({ t }) => t === 'welcome')?.['cursor'])
  expect(await clients.cid.ask({ t: 'delete', channel, seq: 2 })).toMatchObject({ code: 'forbidden' })
  expect(await clients.bob.ask({ t: 'delete', channel, seq: 2 })).toMatchObject({ t: 'ok' })
  expect(await clients.bob.ask({ t: 'delete', channel, seq: 2 })).toMatchObject({ t: 'ok' })
  expect(await eventIn(clients.cid, 'deleted')).toMatchObject({ channel, seq: 2, by: bob })
  const items = await history()
  expect(items.map(({ seq, deleted }) => [seq, deleted ?? false])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ])
  expect(JSON.stringify(items)).not.toContain('secret words 2')
  expect(await clients.bob.ask({ t: 'edit', channel, seq: 2, body: 'x' })).toMatchObject({ code: 'conflict' })
  const react = { t: 'react', channel, seq: 2, emoji: '👍', on: true }
  expect(await clients.ann.ask(react)).toMatchObject({ code: 'conflict' })
  // A moderator deletes what others wrote.
  expect(await clients.ann.ask({ t: 'delete', channel, seq: 3 })).toMatchObject({ t: 'ok' })
  const again = await RawClient.hello(weft.ws, { token: token(cid), device: 'phone', cursor: from })
  await again.next(({ t }) => t === 'synced')
  const replayed = again.frames.filter(event('message')).map((frame) => frame['event'])
  expect(replayed).toMatchObject([{ seq: 1 }, { seq: 2, deleted: true }, { seq: 3, deleted: true }])
  expect(JSON.stringify(again.frames)).not.toMatch(/secret words [23]/)
  again.cut()
  for (const client of Object.values(clients)) client.cut()
})

test('nothing of a deleted message is left in any queue, its edits included, after everything was started anew too', async () => {
  const { channel, clients, cid } = await room(2)
  const from = String(clients.cid.frames.find(({ t }) => t === 'welcome')?.['cursor'])
  for (const seq of [1, 2])
    await clients.bob.ask({ t: 'edit', channel, seq, body: `secret words ${seq}, once more` })
  expect(await clients.bob.ask({ t: 'delete', channel, seq: 1 })).toMatchObject({ t: 'ok' })
  await clients.cid.next(event('deleted'))
  const comesBack = async (device: string) => {
    const client = await RawClient.hello(weft.ws, { token: token(cid), device, cursor: from })
    await client.next(({ t }) => t === 'synced')
    client.cut()
    return client.frames.flatMap((frame) => (frame.t === 'event' ? [frame['event']] : []))
  }
  const left = [
    { kind: 'message', seq: 1, deleted: true, body: '' },
    { kind: 'message', seq: 2, body: 'secret words 2' },
    { kind: 'edited', seq: 1, deleted: true, body: '' },
    { kind: 'edited', seq: 2, body: 'secret words 2, once more' },
    { kind: 'deleted', seq: 1 },
  ]
  expect(await comesBack('phone')).toMatchObject(left)
  for (const client of Object.values(clients)) client.cut()
  await weft.stop()
  weft = await startWeft(folder.path, {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_LIMITS: 'off',
    WEFT_SYNC_EVENTS_PER_USER: '1',
  })
  // From the logs, and once the store has them from there.
  const tablet = await RawClient.hello(weft.ws, { token: token(cid), device: 'tablet' })
  for (let round = 0; round < 3; round++) {
    // The store has what stands by now, so the owner's memory lets go of an event with each that comes.
    await http(weft.url, 'GET', '/v1/me/badge', { token: token(cid) })
    for (let n = 0; n < 8; n++)
      await tablet.ask({ t: 'send', channel, cid: `again-${round}-${n}`, body: 'x' })
    expect((await comesBack(`device${round}`)).slice(0, left.length)).toMatchObject(left)
  }
  tablet.cut()
})

test('in a channel that is read, who is mentioned hears of a deletion, and nobody is served the words again', async () => {
  const [ann, bob, dan] = ['ann', 'bob', 'dan'].map((name) => `${name}-${++rooms}`) as [
    string,
    string,
    string,
  ]
  const body = { kind: 'broadcast', name: 'News', members: [bob, dan] }
  const made = await http(weft.url, 'POST', '/v1/channels', { token: token(ann), body })
  const { id: channel } = made.body['channel'] as { id: string }
  const put = { token: token(ann), body: { role: 'admin' } }
  await http(weft.url, 'PUT', `/v1/channels/${channel}/members/${dan}`, put)
  const hello = (user: string, device = 'pc', cursor?: string) =>
    RawClient.hello(weft.ws, {
      token: token(user),
      device,
      ...(cursor === undefined ? {} : { cursor }),
    })
  const clients = { ann: await hello(ann), bob: await hello(bob), dan: await hello(dan) }
  await clients.ann.ask({ t: 'send', channel, cid: 'm1', body: 'secret words', mentions: [bob] })
  await clients.ann.ask({ t: 'edit', channel, seq: 1, body: 'secret words, once more' })
  expect(await eventIn(clients.bob, 'edited')).toMatchObject({ body: 'secret words, once more' })
  expect(await clients.dan.ask({ t: 'delete', channel, seq: 1 })).toMatchObject({ t: 'ok' })
  for (const client of Object.values(clients))
    expect(await eventIn(client, 'deleted')).toMatchObject({ channel, seq: 1, by: dan })
  for (const [user, client] of [
    [ann, clients.ann],
    [bob, clients.bob],
  ] as const) {
    const from = String(client.frames.find(({ t }) => t === 'welcome')?.['cursor'])
    const again = await hello(user, 'phone', from)
    await again.next(({ t }) => t === 'synced')
    expect(await eventIn(again, 'message')).toMatchObject({ seq: 1, deleted: true })
    for (const place of [{ after_rev: 1 }, { after: 0 }]) {
      expect(await again.ask({ t: 'open', channel, ...place })).toMatchObject({ t: 'ok', rev: 5 })
      await again.next((frame) => frame['rev'] === 5 && frame.t === 'event')
    }
    expect(JSON.stringify(again.frames)).not.toContain('secret words')
    again.cut()
  }
  for (const client of Object.values(clients)) client.cut()
})

test('who reacted is told to who is there, at once', async () => {
  const { channel, clients, ann, bob, cid } = await room(2)
  const reactions = async (seq: number | string, user = ann) =>
    http(weft.url, 'GET', `/v1/channels/${channel}/messages/${seq}/reactions`, { token: token(user) })
  const react = (who: RawClient, emoji: string, on = true) =>
    who.ask({ t: 'react', channel, seq: 1, emoji, on })
  expect((await reactions(1)).body).toEqual({ items: [], next: null })
  for (const who of [clients.ann, clients.cid]) expect(await react(who, '👍')).toMatchObject({ t: 'ok' })
  await react(clients.bob, '🎉')
  expect((await reactions(1, bob)).body['items']).toEqual([
    { emoji: '👍', count: 2, users: [ann, cid] },
    { emoji: '🎉', count: 1, users: [bob] },
  ])
  await react(clients.ann, '👍', false)
  expect((await reactions(1)).body['items']).toMatchObject([{ emoji: '👍', count: 1, users: [cid] }, {}])
  expect((await reactions(1, 'stranger')).status).toBe(404)
  expect((await reactions(3)).status).toBe(404)
  for (const seq of [0, 'x', '1.5']) {
    const { status, body } = await reactions(seq)
    expect([status, JSON.stringify(body)]).toMatchObject([400, expect.stringContaining('seq')])
  }
  await clients.bob.ask({ t: 'delete', channel, seq: 1 })
  expect((await reactions(1)).status).toBe(404)
  for (const client of Object.values(clients)) client.cut()
})

test('reactions count each person once; names and pictures, but no texts', async () => {
  const { channel, clients, history, ann, bob } = await room(1)
  const react = (who: RawClient, emoji: string, on = true) =>
    who.ask({ t: 'react', channel, seq: 1, emoji, on })
  for (const who of [clients.ann, clients.ann, clients.cid])
    expect(await react(who, '👍')).toMatchObject({ t: 'ok' })
  expect(await react(clients.ann, ':tea:')).toMatchObject({ t: 'ok' })
  expect((await history(ann))[0]?.['reactions']).toEqual([
    { emoji: '👍', count: 2, mine: true },
    { emoji: ':tea:', count: 1, mine: true },
  ])
  expect((await history(bob))[0]?.['reactions']).toMatchObject([{ count: 2, mine: false }, { mine: false }])
  expect(await react(clients.ann, '👍', false)).toMatchObject({ t: 'ok' })
  expect(await react(clients.bob, '👍', false)).toMatchObject({ t: 'ok' })
  expect((await history(ann))[0]?.['reactions']).toMatchObject([{ emoji: '👍', count: 1, mine: false }, {}])
  const told = clients.bob.frames.filter(event('reaction')).map((frame) => frame['event'])
  await clients.bob.next((frame) => event('reaction')(frame) && !(frame['event'] as { on: boolean }).on)
  expect(told[0]).toMatchObject({ channel, seq: 1, user: ann, emoji: '👍', on: true })
  expect(await react(clients.ann, '👍'.repeat(1_000))).toMatchObject({ code: 'bad_frame' })
  expect(await react(clients.ann, 'words of mine')).toMatchObject({ code: 'bad_frame' })
  const codes: unknown[] = []
  for (let i = 0; i < 22; i++) codes.push((await react(clients.ann, `e${i}`))['t'])
  // Two stand already, and a message has at most twenty.
  expect(codes.filter((t) => t === 'ok')).toHaveLength(18)
  expect(await react(clients.ann, 'e99')).toMatchObject({ code: 'too_large' })
  for (const client of Object.values(clients)) client.cut()
})

test('what changed since a rev can be listed, and what was deleted is not in it', async () => {
  const { channel, clients, ann, bob } = await room(3)
  await clients.bob.ask({ t: 'edit', channel, seq: 1, body: 'better words' })
  await clients.bob.ask({ t: 'edit', channel, seq: 2, body: 'words to be forgotten' })
  await clients.ann.ask({ t: 'react', channel, seq: 3, emoji: '👍', on: true })
  await clients.bob.ask({ t: 'delete', channel, seq: 2 })
  const changes = async (query: string, who = ann) => {
    const path = `/v1/channels/${channel}/changes?${query}`
    return (await http(weft.url, 'GET', path, { token: token(who) })).body
  }
  const { items } = (await changes('after_rev=1')) as { items: { rev: number }[] }
  expect(items).toMatchObject([
    { kind: 'edited', seq: 1, body: 'better words', by: bob },
    { kind: 'reaction', seq: 3, user: ann },
    { kind: 'deleted', seq: 2 },
  ])
  const [first] = items
  expect(await changes(`after_rev=${first?.rev}&limit=1`)).toMatchObject({
    items: [{ kind: 'reaction' }],
    next: String(items[1]?.rev),
  })
  expect(await changes(`after_rev=${items[2]?.rev}`)).toEqual({ items: [], next: null })
  expect(await changes('after_rev=0')).toMatchObject({
    items: [{ kind: 'channel', change: 'created' }, {}, {}, {}],
  })
  expect(await changes('after_rev=0', 'stranger')).toMatchObject({ error: { code: 'not_found' } })
  expect(await changes('limit=1')).toMatchObject({ error: { code: 'bad_frame' } })
  for (const client of Object.values(clients)) client.cut()
})

test('thread replies tell their thread, and do not count as unread', async () => {
  const { channel, clients, cid } = await room(2)
  const reply = (to: number, name: string) =>
    clients.bob.ask({ t: 'send', channel, cid: name, body: name, reply_to: to })
  expect(await reply(1, 'r3')).toMatchObject({ seq: 3 })
  expect(await reply(3, 'r4')).toMatchObject({ seq: 4 })
  await clients.bob.ask({ t: 'send', channel, cid: 'm5', body: 'not in a thread' })
  const last = await clients.cid.next((frame) => (frame['event'] as { seq?: number } | undefined)?.seq === 4)
  expect(last['event']).toMatchObject({ reply_to: 3, thread: 1 })
  const unread = async () => {
    const { body } = await http(weft.url, 'GET', `/v1/channels/${channel}`, { token: token(cid) })
    return (body['channel'] as { unread: number }).unread
  }
  expect(await unread()).toBe(3)
  expect(await clients.cid.ask({ t: 'read', channel, seq: 2 })).toMatchObject({ t: 'ok' })
  expect(await unread()).toBe(1)
  expect(await clients.bob.ask({ t: 'delete', channel, seq: 1 })).toMatchObject({ t: 'ok' })
  expect(await reply(1, 'r6')).toMatchObject({ t: 'error', code: 'conflict' })
  for (const client of Object.values(clients)) client.cut()
})

test('what was changed is changed for good: after everything was started anew', async () => {
  const { channel, clients, history } = await room(3)
  await clients.bob.ask({ t: 'edit', channel, seq: 1, body: 'better words' })
  await clients.bob.ask({ t: 'delete', channel, seq: 2 })
  await clients.ann.ask({ t: 'react', channel, seq: 3, emoji: '👍', on: true })
  const before = await history()
  for (const client of Object.values(clients)) client.cut()
  await weft.stop()
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET, WEFT_LIMITS: 'off' })
  expect(await history()).toEqual(before)
  expect(before).toMatchObject([
    { body: 'better words' },
    { deleted: true, body: '' },
    { reactions: [{ emoji: '👍', count: 1, mine: true }] },
  ])
})
