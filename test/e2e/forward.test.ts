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
  folder = await temporaryFolder('forward')
  weft = await start(folder.path)
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const hello = (user: string) => RawClient.hello(weft.ws, { token: token(user), device: 'pc' })
async function create(by: string, members: string[], more: object = {}): Promise<string> {
  const answer = await call(by, 'POST', '/channels', { kind: 'group', name: 'Tea', members, ...more })
  return (answer.body['channel'] as { id: string }).id
}
const history = async (user: string, id: string) =>
  (await call(user, 'GET', `/channels/${id}/messages`)).body['items'] as Record<string, unknown>[]
const say = (client: RawClient, channel: string, cid: string, body: unknown = `words of ${cid}`) =>
  client.ask({ t: 'send', channel, cid, body })
const forward = (client: RawClient, to: string, cid: string, source: unknown, more: object = {}) =>
  client.ask({ t: 'send', channel: to, cid, forward: source, ...more })

test('a message is passed on as it is now, with its author’s name, and nothing of where it was in private', async () => {
  const [from, to] = [await create('ann', ['bob']), await create('bob', ['cid'])]
  const [ann, bob, cid] = [await hello('ann'), await hello('bob'), await hello('cid')]
  await say(ann, from, 'a', { text: 'first words', size: 7 })
  await ann.ask({ t: 'edit', channel: from, seq: 1, body: { text: 'better words', size: 8 } })
  const more = { body: 'not this', mentions: ['cid'], forwarded: { from: 'eve' } }
  expect(await forward(bob, to, 'f', { channel: from, seq: 1 }, more)).toMatchObject({
    t: 'ack',
    seq: 1,
    duplicate: false,
  })
  const told = await cid.next((frame) => (frame['event'] as { cid?: string } | undefined)?.cid === 'f')
  expect(told['event']).toMatchObject({
    channel: to,
    from: 'bob',
    body: { text: 'better words', size: 8 },
    mentions: ['cid'],
    forwarded: { from: 'ann' },
  })
  expect(JSON.stringify(told)).not.toContain(from)
  const [shown] = await history('cid', to)
  expect(shown).toMatchObject({ body: { text: 'better words', size: 8 }, forwarded: { from: 'ann' } })
  expect(shown?.['forwarded']).toEqual({ from: 'ann' })
  // Passed on again it is still Ann's; in the place where it is said once more, its readers may look there.
  expect(await forward(cid, to, 'g', { channel: to, seq: 1 })).toMatchObject({ t: 'ack', seq: 2 })
  expect((await history('bob', to))[1]?.['forwarded']).toEqual({ from: 'ann' })
  await say(cid, to, 'h')
  expect(await forward(bob, to, 'i', { channel: to, seq: 3 })).toMatchObject({ t: 'ack', seq: 4 })
  expect((await history('bob', to))[3]?.['forwarded']).toEqual({ from: 'cid', channel: to, seq: 3 })
  // What may be known in there is not to be known elsewhere.
  const elsewhere = await create('bob', [])
  expect(await forward(bob, elsewhere, 'j', { channel: to, seq: 4 })).toMatchObject({ t: 'ack', seq: 1 })
  expect((await history('bob', elsewhere))[0]?.['forwarded']).toEqual({ from: 'cid' })
  for (const client of [ann, bob, cid]) client.close()
})

test('of a public channel its readers learn the place, over a second hop too', async () => {
  const open = await create('ann', ['bob'], { public: true })
  const [to, last] = [await create('bob', ['cid']), await create('bob', [])]
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  await say(ann, open, 'a')
  await forward(bob, to, 'f', { channel: open, seq: 1 })
  await forward(bob, last, 'g', { channel: to, seq: 1 })
  const place = { from: 'ann', channel: open, seq: 1 }
  expect((await history('cid', to))[0]?.['forwarded']).toEqual(place)
  expect((await history('bob', last))[0]?.['forwarded']).toEqual(place)
  await call('ann', 'PATCH', `/channels/${open}`, { public: false })
  await forward(bob, last, 'h', { channel: to, seq: 1 })
  expect((await history('bob', last))[1]?.['forwarded']).toEqual({ from: 'ann' })
  for (const client of [ann, bob]) client.close()
})

test('clients don’t say themselves that something was forwarded', async () => {
  const id = await create('ann', [])
  const ann = await hello('ann')
  await ann.ask({ t: 'send', channel: id, cid: 'a', body: 'hi', forwarded: { from: 'bob' } })
  expect((await history('ann', id))[0]).not.toHaveProperty('forwarded')
  ann.close()
})

test('what one can’t read is not passed on: unknown, private, left, deleted, or wrongly asked for', async () => {
  const [from, to] = [await create('ann', ['bob', 'cid']), await create('bob', [])]
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  const secret = await create('ann', [])
  for (const channel of [from, secret]) await say(ann, channel, 'a')
  await say(ann, from, 'b')
  await ann.ask({ t: 'delete', channel: from, seq: 2 })
  const nowhere = `c${'0'.repeat(32)}`
  const refusals: readonly [unknown, string][] = [
    [{ channel: from, seq: 3 }, 'not_found'],
    [{ channel: from, seq: 2 }, 'conflict'],
    [{ channel: secret, seq: 1 }, 'not_found'],
    [{ channel: nowhere, seq: 1 }, 'not_found'],
    [{ channel: from, seq: 0 }, 'bad_frame'],
    [{ channel: from, seq: '1' }, 'bad_frame'],
    [{ channel: from }, 'bad_frame'],
    [{ channel: 'not an id!', seq: 1 }, 'bad_frame'],
    ['1', 'bad_frame'],
  ]
  for (const [source, code] of refusals)
    expect([source, await forward(bob, to, 'f', source)]).toMatchObject([source, { t: 'error', code }])
  const answerOf = async (channel: string) => {
    const { id: _, ...answer } = await forward(bob, to, 'f', { channel, seq: 1 })
    return answer
  }
  expect(await answerOf(secret)).toEqual(await answerOf(nowhere))
  // Without either of the two there is nothing to say.
  expect(await bob.ask({ t: 'send', channel: to, cid: 'f' })).toMatchObject({
    code: 'bad_frame',
    message: /^body/,
  })
  await call('bob', 'DELETE', `/channels/${from}/members/bob`)
  expect(await forward(bob, to, 'f', { channel: from, seq: 1 })).toMatchObject({ code: 'forbidden' })
  expect(await history('bob', to)).toEqual([])
  // Where one may not write, nothing is passed on to.
  expect(await forward(ann, to, 'f', { channel: from, seq: 1 })).toMatchObject({ code: 'not_found' })
  await call('ann', 'PATCH', `/channels/${from}`, { archived: true })
  expect(await forward(ann, from, 'f', { channel: from, seq: 1 })).toMatchObject({ code: 'conflict' })
  // Read it can be, still.
  expect(await forward(ann, secret, 'f', { channel: from, seq: 1 })).toMatchObject({ t: 'ack' })
  for (const client of [ann, bob]) client.close()
})

/** In one go; the answers in the order sent. */
async function pipeline(client: RawClient, frames: readonly object[]): Promise<Frame[]> {
  const first = 10_000 + client.frames.length
  for (const [index, frame] of frames.entries()) client.send({ ...frame, id: first + index })
  const answers: Frame[] = []
  for (const index of frames.keys()) answers.push(await client.next(({ id }) => id === first + index))
  return answers
}

test('sends behind a forward keep their order, and one that is refused holds none of them back', async () => {
  const [from, to] = [await create('ann', []), await create('ann', ['bob'])]
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  for (let n = 1; n <= 5; n++) await say(ann, from, `s${n}`)
  await ann.ask({ t: 'edit', channel: from, seq: 3, body: 'better' })
  const frames = Array.from({ length: 200 }, (_, n) => {
    const send = { t: 'send', channel: to, cid: `p${n}` }
    if (n % 20 === 7) return { ...send, forward: { channel: from, seq: 99 } }
    return n % 10 === 3
      ? { ...send, forward: { channel: from, seq: 1 + (n % 5) } }
      : { ...send, body: `p${n}` }
  })
  const answers = await pipeline(ann, frames)
  const acks = answers.filter(({ t }) => t === 'ack')
  expect(answers.filter(({ t }) => t === 'error').map(({ code }) => code)).toEqual(
    Array(10).fill('not_found'),
  )
  expect(acks.map(({ seq }) => seq)).toEqual(Array.from({ length: 190 }, (_, n) => n + 1))
  await bob.next((frame) => (frame['event'] as { seq?: number } | undefined)?.seq === 190)
  for (const client of [ann, bob]) client.close()
})

test('repeated with its cid it is the same message, though there is nothing to forward any more', async () => {
  const [from, to] = [await create('ann', ['bob']), await create('bob', ['cid'])]
  const [ann, bob] = [await hello('ann'), await hello('bob')]
  await say(ann, from, 'a')
  const again = (client = bob, channel = to) => forward(client, channel, 'f', { channel: from, seq: 1 })
  expect(await again()).toMatchObject({ t: 'ack', seq: 1, duplicate: false })
  await ann.ask({ t: 'delete', channel: from, seq: 1 })
  expect(await again()).toMatchObject({ t: 'ack', seq: 1, duplicate: true })
  await call('bob', 'DELETE', `/channels/${from}/members/bob`)
  expect(await again()).toMatchObject({ t: 'ack', seq: 1, duplicate: true })
  expect(await forward(bob, to, 'other', { channel: from, seq: 1 })).toMatchObject({ code: 'forbidden' })
  // Over HTTP, as every frame.
  const frame = { t: 'send', id: 3, channel: to, cid: 'f', forward: { channel: from, seq: 1 } }
  expect(await call('bob', 'POST', '/commands?device=pc', frame)).toMatchObject({
    status: 200,
    body: { t: 'ack', duplicate: true },
  })
  expect((await call('bob', 'POST', '/commands?device=pc', { ...frame, cid: 'none' })).status).toBe(403)
  for (const client of [ann, bob]) client.cut()
  await weft.killGroup()
  weft = await start(folder.path)
  await until(async () => (await call('cid', 'GET', `/channels/${to}`)).status === 200, 'it is back')
  const back = await hello('bob')
  expect(await again(back)).toMatchObject({ t: 'ack', seq: 1, duplicate: true })
  expect(await history('cid', to)).toMatchObject([{ body: 'words of a', forwarded: { from: 'ann' } }])
  back.close()
})
