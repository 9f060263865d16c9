import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
const token = (user: string) => mintToken(SECRET, user)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
const start = () => startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
beforeAll(async () => {
  folder = await temporaryFolder('profiles')
  weft = await start()
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, { token: token(user), ...(body === undefined ? {} : { body }) })
const patch = (user: string, body: object) => call(user, 'PATCH', '/me', body)
const seenBy = async (viewer: string, user: string) =>
  (await call(viewer, 'GET', `/users/${user}`)).body['user'] as Record<string, unknown>
const open = (user: string, device = 'pc') => RawClient.hello(weft.ws, { token: token(user), device })
const eventOf = (frame: Frame) => (frame['event'] ?? {}) as Record<string, unknown>
const next = async (client: RawClient, fits: (event: Record<string, unknown>) => boolean) =>
  eventOf(await client.next((frame) => fits(eventOf(frame))))
let people = 0
const names = () => {
  people++
  return ['ann', 'bob', 'cid'].map((name) => `${name}-${people}`) as [string, string, string]
}

test('a profile that changed is seen by my devices, by who asks, in lists of members, and live by who watches', async () => {
  const [ann, bob, cid] = names()
  const made = await call(ann, 'POST', '/channels', { kind: 'group', name: 'Tea', members: [bob] })
  const { id } = made.body['channel'] as { id: string }
  const [phone, watcher, other] = [await open(ann, 'phone'), await open(bob), await open(cid)]
  await watcher.ask({ t: 'watch', users: [ann] })
  const changed = { display_name: 'Ann of Tea', avatar: 'https://example.org/ann.png' }
  expect(await patch(ann, changed)).toMatchObject({ status: 200, body: { user: { id: ann, ...changed } } })
  const event = { kind: 'profile', user: ann, name: ann, ...changed }
  expect(await next(phone, ({ kind }) => kind === 'profile')).toEqual(event)
  const live = await watcher.next((frame) => eventOf(frame)['kind'] === 'profile')
  expect(live).toEqual({ t: 'event', event })
  expect(await seenBy(cid, ann)).toMatchObject(changed)
  const { items } = (await call(bob, 'GET', `/channels/${id}/members`)).body as { items: object[] }
  expect(items).toContainEqual(
    expect.objectContaining({ user: expect.objectContaining({ id: ann, ...changed }) }),
  )
  await other.ask({ t: 'watch', users: [] })
  expect(other.frames.filter((frame) => eventOf(frame)['kind'] === 'profile')).toEqual([])
  for (const client of [phone, watcher, other]) client.cut()
})

test('what I say of myself is seen under the rules of my presence, live too, and stands after kill -9', async () => {
  const [ann, bob, cid] = names()
  for (const user of [ann, bob, cid]) await call(user, 'GET', '/me')
  const [phone, watcher] = [await open(ann, 'phone'), await open(bob)]
  expect(await watcher.ask({ t: 'watch', users: [ann] })).toMatchObject({ presence: [{ status: 'online' }] })
  const status = { text: 'At lunch', emoji: '🍜', until: null }
  expect(await patch(ann, { status })).toMatchObject({ status: 200, body: { user: { id: ann, status } } })
  expect(await next(phone, ({ kind }) => kind === 'settings')).toEqual({ kind: 'settings', status })
  expect(await next(watcher, ({ text }) => text !== undefined)).toMatchObject({
    user: ann,
    text: '🍜 At lunch',
  })
  expect((await call(ann, 'GET', '/me')).body).toMatchObject({ user: { status } })
  expect(await seenBy(bob, ann)).toMatchObject({ status })
  const { presence } = await (await open(cid)).ask({ t: 'watch', users: [ann] })
  expect(presence).toMatchObject([{ user: ann, text: '🍜 At lunch' }])
  // The profile itself is left as it is.
  expect(phone.frames.filter((frame) => eventOf(frame)['kind'] === 'profile')).toEqual([])
  expect((await call(ann, 'PUT', `/me/blocks/${cid}`)).status).toBe(204)
  expect(await seenBy(cid, ann)).not.toHaveProperty('status')
  expect((await call(ann, 'PATCH', '/me/settings', { presence: 'contacts' })).status).toBe(200)
  expect(await seenBy(bob, ann)).not.toHaveProperty('status')
  expect((await call(ann, 'PUT', `/me/contacts/${bob}`)).status).toBe(204)
  expect(await seenBy(bob, ann)).toMatchObject({ status })
  for (const client of [phone, watcher]) client.cut()
  await weft.killGroup()
  weft = await start()
  expect(await seenBy(bob, ann)).toMatchObject({ status })
  expect(await seenBy(cid, ann)).not.toHaveProperty('status')
  expect(await patch(ann, { status: null })).toMatchObject({ status: 200 })
  expect(await seenBy(bob, ann)).not.toHaveProperty('status')
})

test('it ends by itself at its time, for who asks and for who watches', async () => {
  const [ann, bob] = names()
  await call(ann, 'GET', '/me')
  const watcher = await open(bob)
  await watcher.ask({ t: 'watch', users: [ann] })
  const status = { text: 'Back soon', emoji: null, until: new Date(Date.now() + 2_500).toISOString() }
  expect((await patch(ann, { status })).status).toBe(200)
  const isPresence = ({ t, event }: Frame) => t === 'event' && (event as { kind: string }).kind === 'presence'
  const told = await watcher.next((frame) => isPresence(frame) && eventOf(frame)['text'] === 'Back soon')
  await watcher.next(
    (frame) => isPresence(frame) && eventOf(frame)['text'] === undefined,
    watcher.frames.indexOf(told) + 1,
  )
  await until(async () => !('status' in (await seenBy(bob, ann))), 'it is over')
  expect((await call(ann, 'GET', '/me')).body['user']).not.toHaveProperty('status')
  watcher.cut()
})

test('a status that says nothing, is over or too long is refused by name', async () => {
  const [ann] = names()
  await call(ann, 'GET', '/me')
  const past = new Date(Date.now() - 1_000).toISOString()
  for (const [status, what] of [
    [{ text: '', emoji: null, until: null }, 'status'],
    [{ text: 'x', emoji: null, until: past }, 'status.until'],
    [{ text: 'x'.repeat(141), emoji: null, until: null }, 'status.text'],
    [{ text: 'x', emoji: 'y'.repeat(33), until: null }, 'status.emoji'],
    [{ text: 'x', emoji: null, until: 'tomorrow' }, 'status.until'],
    [{ text: 'x' }, 'status.emoji'],
    ['lunch', 'status'],
  ] as const) {
    const answer = await patch(ann, { status })
    expect([status, answer.status]).toEqual([status, 400])
    expect((answer.body['error'] as { message: string }).message).toContain(what)
  }
  expect(await seenBy(ann, ann)).not.toHaveProperty('status')
})

test('a picture of a person or a channel is an https address or a small picture itself, and nothing that does anything', async () => {
  const [ann] = names()
  const made = await call(ann, 'POST', '/channels', { kind: 'group', name: 'Tea', members: [] })
  const { id } = made.body['channel'] as { id: string }
  const set = [
    (avatar: unknown) => patch(ann, { avatar }),
    (avatar: unknown) => call(ann, 'PATCH', `/channels/${id}`, { avatar }),
    (avatar: unknown) => call(ann, 'POST', '/channels', { kind: 'group', name: 'Tea', avatar }),
  ]
  const small = ['png', 'jpeg', 'webp', 'gif'].map((type) => `data:image/${type};base64,iVBORw0KGgo=`)
  const bad = [
    'javascript:alert(1)',
    'http://example.org/ann.png',
    'https://',
    'https://exa mple.org/',
    'ann.png',
    '',
    7,
    'data:image/svg+xml;base64,PHN2Zy8+',
    'data:text/html;base64,PHN2Zy8+',
    'data:image/png,no base64',
    'data:image/png;base64,"><script>',
    `https://example.org/${'a'.repeat(2_029)}`,
  ]
  for (const one of set) {
    for (const avatar of ['https://example.org/ann.png?size=2', ...small, null])
      expect([avatar, (await one(avatar)).status]).toEqual([avatar, expect.toBeOneOf([200, 201])])
    for (const avatar of bad) {
      const answer = await one(avatar)
      expect([avatar, answer.status]).toEqual([avatar, 400])
      expect((answer.body['error'] as { message: string }).message).toContain('avatar')
    }
  }
})
