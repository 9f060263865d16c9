import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Channel, can, RIGHTS, ROLES, rolesForRight, rolesToGive } from '../../sdk/src/mod.ts'
import { Channel as ServersChannel } from '../../services/chat/machine/channel.ts'
import { may } from '../../services/chat/machine/roles.ts'
import { type ChannelId, trusted, type UserId } from '../../shared/protocol/ids.ts'
import { rightsSchema } from '../../shared/protocol/rights.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { join, type Person, stopAll } from './sdk-support.ts'

/** Who gets into a channel and what they may do there, by the SDK on the whole of Weft. */

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('sdk-channels')
  weft = await startWeft(folder.path)
})
afterEach(stopAll)
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const people = (...names: string[]) => Promise.all(names.map((name) => join(weft.url, name)))
const seen = ({ client }: Person, id: string): Channel | undefined => client.channels.get(id)
const refusedWith = (code: string) => expect.objectContaining({ code })

test('what one may do is reckoned as the server decides it', () => {
  const kinds = ['direct', 'group', 'broadcast'] as const
  const user = trusted<UserId>('u')
  const given = [{}, ...ROLES.map((role) => Object.fromEntries(RIGHTS.map((right) => [right, role])))]
  for (const kind of kinds)
    for (const role of kind === 'direct' ? (['member'] as const) : ROLES)
      for (const rights of given)
        for (const right of RIGHTS) {
          const servers = new ServersChannel(trusted<ChannelId>('c'), kind, 'Tea')
          servers.members.set(user, { role, joined: 0, sent: 0 })
          servers.set({ rights })
          const [ours, theirs] = [can({ kind, rights, role }, right), may(servers, user, right)]
          expect([kind, role, rights, right, ours]).toEqual([kind, role, rights, right, theirs])
        }
})

test('a right is given to the roles that the server takes', () => {
  for (const right of RIGHTS)
    expect([right, rolesForRight(right)]).toEqual([right, rightsSchema.shape[right].options])
})

test('a channel is set up, shown true to its members, archived and brought back', async () => {
  const [ada, bob] = (await people('ada', 'bob')) as [Person, Person]
  const { id } = await ada.client.channels.createGroup('Tea', [bob.id], { topic: 'Green', public: true })
  await until(() => seen(bob, id)?.topic === 'Green', 'the channel is there')
  expect(seen(bob, id)).toMatchObject({ public: true, archived: false, rights: {}, role: 'member' })
  const channel = await ada.client.channels.update(id, {
    name: 'Coffee',
    topic: null,
    avatar: 'https://example.org/cup.png',
    description: 'Beans',
    public: false,
    rights: { send: 'admin', pin: 'owner' },
  })
  expect(channel).toMatchObject({ name: 'Coffee', topic: null, public: false, description: 'Beans' })
  await until(() => seen(bob, id)?.name === 'Coffee', 'the change is told')
  const { last: _, ...told } = seen(bob, id) ?? expect.unreachable()
  expect(told).toMatchObject({ topic: null, avatar: 'https://example.org/cup.png', description: 'Beans' })
  expect([can(told, 'send'), can(told, 'pin'), can(told, 'react')]).toEqual([false, false, true])
  await expect(bob.client.send(id, 'hello').acked).rejects.toMatchObject({ code: 'forbidden' })
  await expect(bob.client.channels.update(id, { topic: 'Mine' })).rejects.toEqual(refusedWith('forbidden'))

  await ada.client.channels.update(id, { archived: true })
  await until(() => seen(bob, id)?.archived === true, 'the archive is told')
  await expect(ada.client.send(id, 'late').acked).rejects.toMatchObject({ code: 'conflict' })
  await ada.client.channels.update(id, { archived: false })
  await until(() => seen(bob, id)?.archived === false, 'it is told to be back')
  expect((await ada.client.send(id, 'back').acked).seq).toBe(1)
})

test('roles are given up to one’s own, and the channel is handed over', async () => {
  const [ada, bob, cyd] = (await people('ada2', 'bob2', 'cyd2')) as [Person, Person, Person]
  const { id } = await ada.client.channels.createBroadcast('News', [bob.id, cyd.id])
  await until(() => seen(bob, id) !== undefined && seen(cyd, id) !== undefined, 'the channel is there')
  expect(rolesToGive('member')).toEqual([])
  await expect(bob.client.channels.setRole(id, cyd.id, 'admin')).rejects.toEqual(refusedWith('forbidden'))
  await ada.client.channels.setRole(id, bob.id, 'admin')
  await until(() => seen(bob, id)?.role === 'admin', 'Bob is told')
  expect(rolesToGive('admin')).toEqual(['reader', 'member', 'admin'])
  await bob.client.channels.setRole(id, cyd.id, 'reader')
  await expect(bob.client.channels.setRole(id, cyd.id, 'owner')).rejects.toEqual(refusedWith('forbidden'))
  await until(() => seen(cyd, id)?.role === 'reader', 'Cyd is told')
  expect((await ada.client.channels.memberPage(id, { limit: 2 })).items).toHaveLength(2)
  const roles = new Map((await ada.client.channels.members(id)).map(({ user, role }) => [user, role]))
  expect(roles).toEqual(
    new Map([
      [ada.id, 'owner'],
      [bob.id, 'admin'],
      [cyd.id, 'reader'],
    ]),
  )
  expect(await ada.client.channels.transfer(id, bob.id)).toMatchObject({ role: 'admin' })
  await until(() => seen(bob, id)?.role === 'owner', 'Bob is told that it is his')
  await until(() => seen(ada, id)?.role === 'admin', 'and Ada that it isn’t hers')
})

test('a link, a public channel and a ban decide who gets in', async () => {
  const [ada, bob] = (await people('ada3', 'bob3')) as [Person, Person]
  const { id } = await ada.client.channels.createGroup('Harbour office', [])
  const link = await ada.client.channels.invites.create(id, { expiresIn: 3_600, maxUses: 1, role: 'reader' })
  expect(await ada.client.channels.invites.list(id)).toMatchObject([
    { code: link.code, role: 'reader', max_uses: 1, uses: 0, expires_at: link.expires_at },
  ])
  expect(await bob.client.channels.invites.preview(link.code)).toMatchObject({
    channel: { id, name: 'Harbour office', members: 1 },
    expires_at: link.expires_at,
  })
  expect(await bob.client.channels.invites.join(link.code)).toMatchObject({ id, role: 'reader', members: 2 })
  expect(seen(bob, id)?.role).toBe('reader')
  await expect(bob.client.channels.invites.preview(link.code)).rejects.toEqual(refusedWith('not_found'))
  const other = await ada.client.channels.invites.create(id, { expiresIn: null })
  await ada.client.channels.invites.revoke(id, other.code)
  expect(await ada.client.channels.invites.list(id)).toEqual([])

  await ada.client.channels.update(id, { public: true })
  await ada.client.channels.bans.add(id, bob.id)
  await until(() => seen(bob, id) === undefined, 'Bob is out')
  expect(await ada.client.channels.bans.list(id)).toMatchObject({
    items: [{ user: bob.id, by: ada.id }],
    next: null,
  })
  await expect(bob.client.channels.join(id)).rejects.toEqual(refusedWith('forbidden'))
  await ada.client.channels.bans.lift(id, bob.id)
  const found = async () => (await bob.client.channels.findPublic('harb off')).items
  await until(async () => (await found()).length === 1, 'it is found')
  expect(await found()).toMatchObject([{ id, kind: 'group', name: 'Harbour office', members: 1 }])
  expect(await bob.client.channels.join(id)).toMatchObject({ id, role: 'member' })
  expect([...ada.problems, ...bob.problems]).toEqual([])
})
