import { afterAll, beforeAll, expect, test } from 'vitest'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)
const start = (path: string) => startWeft(path, { WEFT_TOKEN_SECRET: SECRET })

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('versions')
  weft = await start(folder.path)
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const hello = (user: string) => RawClient.hello(weft.ws, { token: token(user), device: 'pc' })
const versions = (user: string, id: string, seq: number | string, query = '') =>
  call(user, 'GET', `/channels/${id}/messages/${seq}/versions${query}`)

/** A group of ann (owner), adam (admin), bob and cid, with one message of bob's. */
async function room() {
  const made = await call('ann', 'POST', '/channels', { kind: 'group', name: 'Tea', members: ['bob', 'cid'] })
  const { id } = made.body['channel'] as { id: string }
  await call('ann', 'PUT', `/channels/${id}/members/adam`, { role: 'admin' })
  const bob = await hello('bob')
  await bob.ask({ t: 'send', channel: id, cid: 'm', body: 'first words', mentions: ['cid'] })
  return {
    id,
    bob,
    edit: (body: unknown, more = {}) => bob.ask({ t: 'edit', channel: id, seq: 1, body, ...more }),
  }
}

test('its author and who moderates see all that it said, right after each edit, and nobody else', async () => {
  const { id, bob, edit } = await room()
  const bodies = async () => (await versions('bob', id, 1)).body['items'] as { body: unknown }[]
  expect(await bodies()).toMatchObject([{ body: 'first words', by: 'bob', mentions: ['cid'] }])
  for (let n = 1; n <= 5; n++) {
    await edit({ text: `better ${n}` }, n === 5 ? { mentions: ['ann'] } : {})
    expect((await bodies()).at(-1)).toMatchObject({ body: { text: `better ${n}` } })
  }
  const { body } = await versions('adam', id, 1)
  expect(body).toMatchObject({
    items: [
      { body: 'first words', by: 'bob', at: expect.stringMatching(/^\d{4}-/) },
      ...Array.from({ length: 4 }, (_, n) => ({ body: { text: `better ${n + 1}` }, by: 'bob' })),
      { body: { text: 'better 5' }, mentions: ['ann'] },
    ],
    next: null,
  })
  expect(await versions('bob', id, 1)).toMatchObject({ status: 200, body })
  expect((await versions('cid', id, 1)).status).toBe(403)
  expect((await versions('eve', id, 1)).status).toBe(404)
  const seen: unknown[] = []
  let query = '?limit=2'
  for (let pages = 0; pages < 10; pages++) {
    const page = (await versions('ann', id, 1, query)).body
    seen.push(...(page['items'] as unknown[]))
    if (typeof page['next'] !== 'string') break
    query = `?limit=2&cursor=${page['next']}`
  }
  expect(seen).toEqual(body['items'])
  bob.close()
})

test('large ones come page by page', async () => {
  const { id, bob, edit } = await room()
  const big = (n: number) => ({ n, filler: 'x'.repeat(45_000) })
  for (let n = 1; n <= 9; n++) expect(await edit(big(n))).toMatchObject({ t: 'ok' })
  const first = (await versions('bob', id, 1)).body
  expect((first['items'] as unknown[]).length).toBeLessThan(10)
  const rest = (await versions('bob', id, 1, `?cursor=${String(first['next'])}`)).body
  expect(rest['next']).toBe(null)
  const numbers = [...(first['items'] as object[]), ...(rest['items'] as object[])].slice(1)
  expect(numbers).toMatchObject(Array.from({ length: 9 }, (_, n) => ({ body: { n: n + 1 } })))
  bob.close()
})

test('of a deleted message, or none, there is nothing; what is asked wrongly is named', async () => {
  const { id, bob, edit } = await room()
  await edit('to be forgotten')
  await bob.ask({ t: 'delete', channel: id, seq: 1 })
  for (const user of ['bob', 'ann', 'adam'])
    expect(await versions(user, id, 1)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  for (const seq of [0, 2, 999_999_999]) expect((await versions('ann', id, seq)).status).toBe(404)
  for (const seq of ['one', '1.5', '-1', '1_0'])
    expect([seq, (await versions('ann', id, seq)).status]).toEqual([seq, 400])
  for (const query of ['?limit=0', '?limit=201', '?cursor=x', '?cursor=before:3'])
    expect([query, (await versions('ann', id, 1, query)).status]).toEqual([query, 400])
  expect((await versions('ann', `c${'0'.repeat(32)}`, 1)).status).toBe(404)
  bob.close()
})

test('in a direct channel each sees those of their own', async () => {
  const made = await call('ann', 'POST', '/channels', { kind: 'direct', members: ['bob'] })
  const { id } = made.body['channel'] as { id: string }
  const bob = await hello('bob')
  await bob.ask({ t: 'send', channel: id, cid: 'm', body: 'first' })
  await bob.ask({ t: 'edit', channel: id, seq: 1, body: 'second' })
  expect((await versions('bob', id, 1)).body).toMatchObject({
    items: [{ body: 'first' }, { body: 'second' }],
  })
  expect((await versions('ann', id, 1)).status).toBe(403)
  bob.close()
})

test('they stand after everything was killed, and in an archived channel', async () => {
  const { id, bob, edit } = await room()
  await edit('second words')
  bob.cut()
  await weft.killGroup()
  weft = await start(folder.path)
  await until(async () => (await call('ann', 'GET', `/channels/${id}`)).status === 200, 'it is back')
  await call('ann', 'PATCH', `/channels/${id}`, { archived: true })
  expect((await versions('adam', id, 1)).body).toMatchObject({
    items: [{ body: 'first words', mentions: ['cid'] }, { body: 'second words' }],
    next: null,
  })
})
