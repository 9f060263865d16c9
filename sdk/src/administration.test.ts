import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientOf, live, until } from '../test/helpers.ts'
import { ModelServer } from '../test/model-server.ts'
import type { WeftClient } from './client.ts'
import { can } from './rights.ts'
import { MemoryStore } from './store/memory.ts'

let server: ModelServer
let clients: WeftClient[] = []
beforeEach(async () => {
  server = await ModelServer.start()
  server.addChannel('tea', ['ada', 'bob']).roles.set('ada', 'owner')
})
afterEach(async () => {
  await Promise.all(clients.map((client) => client.stop()))
  clients = []
  await server.stop()
})

async function connected(user: string, store = new MemoryStore()): Promise<WeftClient> {
  const client = clientOf(server, user, { store })
  clients.push(client)
  await client.start()
  await live(client)
  return client
}

describe('a channel', () => {
  it('is changed by those who may, and kept true for the others by events', async () => {
    const store = new MemoryStore()
    const [ada, bob] = [await connected('ada'), await connected('bob', store)]
    expect(bob.channels.get('tea')).toMatchObject({ topic: null, public: false, archived: false, rights: {} })
    const set = { topic: 'Green', description: 'Leaves in water', public: true, disappear_after_s: 60 }
    const rights = { send: 'admin', settings: 'member' } as const
    expect(await ada.channels.update('tea', { ...set, rights })).toMatchObject({ ...set, role: 'owner' })
    await until(bob, () => bob.channels.get('tea')?.topic === 'Green', 'the change')
    const told = bob.channels.get('tea') ?? expect.unreachable()
    expect(told).toMatchObject({ ...set, rights })
    expect([can(told, 'send'), can(told, 'settings'), can(told, 'react')]).toEqual([false, true, true])
    await ada.channels.update('tea', { topic: null, archived: true })
    await until(bob, () => bob.channels.get('tea')?.archived === true, 'the archive')
    expect(bob.channels.get('tea')).toMatchObject({ topic: null, description: 'Leaves in water' })

    // It is there again before the server has said anything.
    await bob.stop()
    server.down = true
    const again = clientOf(server, 'bob', { store })
    clients.push(again)
    await again.start()
    await until(again, () => again.channels.loaded, 'what was kept')
    expect(again.channels.get('tea')).toMatchObject({
      archived: true,
      description: 'Leaves in water',
      rights,
    })
  })

  it('believes the newest that it was told, while the server doesn’t answer', async () => {
    const bob = await connected('bob')
    server.faults = { ...server.faults, http: () => ({ status: 503, code: 'unavailable' }) }
    const tea = server.channels.get('tea') ?? expect.unreachable()
    tea.settings.topic = 'Black'
    server.changed(tea, 'ada', 'changed', { user: 'bob', role: 'reader' })
    await until(bob, () => bob.channels.get('tea')?.role === 'reader', 'the role')
    expect(bob.channels.get('tea')).toMatchObject({ topic: 'Black', role: 'reader' })
    server.enqueue('bob', {
      kind: 'channel',
      change: 'changed',
      channel: 'tea',
      rev: 1,
      channel_kind: 'group',
    })
    server.append('tea', 'ada', 'hello')
    await until(bob, () => bob.channels.get('tea')?.head === 1, 'what came after it')
    expect(bob.channels.get('tea')?.topic).toBe('Black')
  })

  it('has roles, and another owner when it is handed over', async () => {
    const [ada, bob] = [await connected('ada'), await connected('bob')]
    await ada.channels.setRole('tea', 'bob', 'admin')
    await until(bob, () => bob.channels.get('tea')?.role === 'admin', 'the role')
    expect(await ada.channels.transfer('tea', 'bob')).toMatchObject({ role: 'admin' })
    await until(bob, () => bob.channels.get('tea')?.role === 'owner', 'the ownership')
    await expect(clientOf(server, 'eve').channels.update('tea', { topic: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('getting in', () => {
  it('is by a link, until it is revoked', async () => {
    const [ada, eve] = [await connected('ada'), await connected('eve')]
    const invite = await ada.channels.invites.create('tea', { expiresIn: null, maxUses: 3 })
    expect(invite).toMatchObject({ by: 'ada', expires_at: null, max_uses: 3, uses: 0, role: 'member' })
    expect(await ada.channels.invites.list('tea')).toEqual([invite])
    const { channel } = await eve.channels.invites.preview(invite.code)
    expect(channel).toMatchObject({ id: 'tea', kind: 'group', name: 'tea', members: 2, topic: null })
    expect(eve.channels.get('tea')).toBeUndefined()
    expect(await eve.channels.invites.join(invite.code)).toMatchObject({ id: 'tea', members: 3 })
    expect(eve.channels.get('tea')).toMatchObject({ role: 'member' })
    await ada.channels.invites.revoke('tea', invite.code)
    await expect(eve.channels.invites.preview(invite.code)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is by finding a public one, page by page', async () => {
    for (const n of [1, 2, 3]) server.addChannel(`club ${n}`, ['ada']).settings.public = true
    const eve = await connected('eve')
    const first = await eve.channels.findPublic(' club ', { limit: 2 })
    expect(first.items.map(({ name }) => name)).toEqual(['club 1', 'club 2'])
    const rest = await eve.channels.findPublic('club', { limit: 2, cursor: first.next ?? '' })
    expect(rest).toMatchObject({ items: [{ name: 'club 3', members: 1 }], next: null })
    expect((await eve.channels.findPublic('')).items).toHaveLength(3)
    expect(await eve.channels.join('club 2')).toMatchObject({ id: 'club 2', members: 2 })
    expect(eve.channels.get('club 2')).toMatchObject({ public: true })
    await expect(eve.channels.join('tea')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is not for who is banned, until that is lifted', async () => {
    const [ada, bob] = [await connected('ada'), await connected('bob')]
    await ada.channels.update('tea', { public: true })
    await ada.channels.bans.add('tea', 'bob')
    await until(bob, () => bob.channels.get('tea') === undefined, 'Bob is out')
    expect((await ada.channels.bans.list('tea')).items).toMatchObject([{ user: 'bob', by: 'ada' }])
    await expect(bob.channels.join('tea')).rejects.toMatchObject({ code: 'forbidden' })
    await ada.channels.bans.lift('tea', 'bob')
    expect(await bob.channels.join('tea')).toMatchObject({ id: 'tea' })
  })
})
