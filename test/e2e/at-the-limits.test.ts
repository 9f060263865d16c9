import { afterAll, beforeAll, expect, test } from 'vitest'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

/** Lists at the limit of a page, of the longest contents that are taken: several times what one message of the fabric holds. */
const SECRET = 'a secret of the test, long enough for HS256'
const PAGE = 200
const AT_ONCE = 8
const TIMEOUT_MS = 120_000
const AVATAR = `https://example.org/${'a'.repeat(2_028)}`
/** Each of their characters takes six bytes as JSON. */
const LONGEST = { topic: '\u0001'.repeat(250), description: '\u0001'.repeat(1_000), avatar: AVATAR }

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('at-the-limits')
  weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const call = (user: string, method: string, path: string, body?: unknown) =>
  http(weft.url, method, `/v1${path}`, {
    token: mintToken(SECRET, user),
    ...(body === undefined ? {} : { body }),
  })

async function each(count: number, work: (n: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: count }, (_, n) => n).values()
  // The workers share one iterator: each takes the next that nobody has taken.
  const take = async () => {
    for (const n of numbers) await work(n)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, take))
}

/** All items of a list, as many a page as may be. */
async function listed(
  user: string,
  path: string,
  { field = 'items', from = 'cursor' } = {},
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  let cursor = from === 'cursor' ? '' : `&${from}=0`
  for (let pages = 0; pages < 100; pages++) {
    const { status, body } = await call(user, 'GET', `${path}${cursor}`)
    expect([path, status]).toEqual([path, 200])
    found.push(...(body[field] as Record<string, unknown>[]))
    if (typeof body['next'] !== 'string') return found
    cursor = `&${from}=${encodeURIComponent(body['next'])}`
  }
  throw new Error('the pages never end')
}

test(
  'in 200 channels with the longest settings: they, the snapshot, the badge and the public ones are answered',
  async () => {
    const ids: string[] = []
    await each(PAGE, async (n) => {
      const settings = { name: `Tea ${n}`, public: true, ...LONGEST }
      const { status, body } = await call('eve', 'POST', '/channels', {
        kind: 'group',
        members: ['ann'],
        ...settings,
      })
      expect(status).toBe(201)
      ids.push((body['channel'] as { id: string }).id)
    })
    const [first = ''] = ids.sort()
    const eve = await RawClient.hello(weft.ws, { token: mintToken(SECRET, 'eve'), device: 'pc' })
    await eve.ask({ t: 'send', channel: first, cid: 'one', body: 'hello' })
    const page = await call('ann', 'GET', `/channels?limit=${PAGE}`)
    expect(page).toMatchObject({ status: 200, body: { next: null } })
    const items = page.body['items'] as { id: string }[]
    expect(items.map(({ id }) => id)).toEqual(ids)
    expect(items).toEqual(ids.map(() => expect.objectContaining(LONGEST)))
    const snapshot = await listed('ann', `/sync?limit=${PAGE}`, { field: 'channels' })
    expect(snapshot.map(({ id }) => id)).toEqual(ids)
    expect(await call('ann', 'GET', '/me/badge')).toMatchObject({ status: 200, body: { unread: 1 } })
    const found = await listed('bob', `/public-channels?limit=${PAGE}`)
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(ids))
    expect(found).toHaveLength(PAGE)
    eve.cut()
  },
  TIMEOUT_MS,
)

test(
  '200 edits of the longest bodies are listed, whatever they hold',
  async () => {
    const made = await call('ann', 'POST', '/channels', { kind: 'group', name: 'Tea', members: [] })
    const { id: channel } = made.body['channel'] as { id: string }
    const ann = await RawClient.hello(weft.ws, { token: mintToken(SECRET, 'ann'), device: 'pc' })
    await each(2, async (n) => {
      await ann.ask({ t: 'send', channel, cid: `m${n}`, body: 'hello' })
    })
    const bodies = ['a', '\u0001'].map((letter) => letter.repeat(letter === 'a' ? 16_384 : 8_000))
    // Of a message's edits the newest 100 are kept.
    await each(PAGE, async (n) => {
      const edit = { t: 'edit', channel, seq: 1 + (n % 2), body: bodies[n % 2] }
      expect(await ann.ask(edit)).toMatchObject({ t: 'ok' })
    })
    const changes = await listed('ann', `/channels/${channel}/changes?limit=${PAGE}`, { from: 'after_rev' })
    const edits = changes.filter(({ kind }) => kind === 'edited')
    expect(edits).toHaveLength(PAGE)
    expect(new Set(edits.map(({ body }) => body))).toEqual(new Set(bodies))
    ann.cut()
  },
  TIMEOUT_MS,
)

test(
  'people with the longest pictures are added, and listed, however many',
  async () => {
    const users = Array.from({ length: 600 }, (_, n) => `${n}`.padStart(60, 'x'))
    await each(users.length, async (n) => {
      const profile = { avatar: AVATAR, display_name: '茶'.repeat(100) }
      expect((await call(users[n] ?? '', 'PATCH', '/me', profile)).status).toBe(200)
    })
    // Started anew, it has to ask who of them exists.
    await weft.stop()
    weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
    const group = { kind: 'group', name: 'All', members: users }
    const { status, body } = await call('ann', 'POST', '/channels', group)
    expect(status).toBe(201)
    const { id } = body['channel'] as { id: string }
    const members = await listed('ann', `/channels/${id}/members?limit=${PAGE}`)
    const people = members.map(({ user }) => user as { id: string; avatar: string | null })
    expect(people.map((person) => person.id)).toEqual(['ann', ...users].sort())
    expect(people.filter(({ avatar }) => avatar === AVATAR)).toHaveLength(users.length)
  },
  TIMEOUT_MS,
)
