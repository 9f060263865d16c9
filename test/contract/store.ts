import { createSecretKey, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  Group,
  PackRecords,
  PublicPage,
  PublicPlace,
  Store,
} from '../../services/storage/store/store.ts'
import { Reader } from '../../shared/codec.ts'
import { seal } from '../../shared/fabric/keyring.ts'
import type { UserArea } from '../../shared/fabric/user-requests.ts'
import type { ChannelChange } from '../../shared/fabric/wire/changes/index.ts'
import { decodeLogRecord, encodeLogRecord } from '../../shared/fabric/wire/log-record.ts'
import { NO_MENTIONS } from '../../shared/fabric/wire/mentions.ts'
import { encodeSyncRecord, readEventBody } from '../../shared/fabric/wire/sync-record.ts'
import type { SettingsPatch } from '../../shared/protocol/channel-settings.ts'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  type SessionId,
  trusted,
  type UserId,
} from '../../shared/protocol/ids.ts'
import { MAX_VERSIONS } from '../../shared/protocol/limits.ts'

const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const c1 = trusted<ChannelId>('c1')
const device = trusted<DeviceId>('phone')
const cidOf = (seq: number) => trusted<Cid>(`cid${seq}`)
const digest = new Uint8Array(16).fill(7)
const position = (pack: number) => ({ pack, lineage: 5, digest })
const told = { deviceName: 'Phone', platform: 'test', createdAt: 5 }
const key = createSecretKey(randomBytes(32))

const log = (pack: number, ...records: Uint8Array[]): Group => ({
  kind: 'log',
  partition: 0,
  position: position(pack),
  packs: [{ lineage: 5, at: 1, records }],
})
const sync = (pack: number, ...packs: PackRecords[]): Group => ({
  kind: 'sync',
  partition: 0,
  position: position(pack),
  packs,
})
type More = {
  readonly thread?: number
  readonly names?: readonly UserId[]
  readonly channel?: ChannelId
  readonly expires?: number
}
const message = (
  seq: number,
  from = ann,
  { thread = 0, names = [], channel = c1, expires = 0 }: More = {},
): Uint8Array =>
  encodeLogRecord({
    type: 'message',
    mentions: names.length === 0 ? NO_MENTIONS : { users: names, all: null },
    thread,
    expires,
    channel,
    rev: seq + 1,
    seq,
    from,
    device,
    cid: cidOf(seq),
    at: 1_000 + seq,
    event: seal(key, from, Buffer.from(`{"seq":${seq}}`)),
  })
const seqOf = (bytes: Uint8Array): number => {
  const record = decodeLogRecord(bytes)
  return record.type === 'message' ? record.seq : Number.NaN
}
const change = (rev: number, what: ChannelChange, channel = c1): Uint8Array =>
  encodeLogRecord({ type: 'channel', event: null, channel, rev, at: 1, by: ann, change: what })
const created = change(1, {
  op: 'created',
  kind: 'group',
  name: 'Tea',
  members: [
    { user: ann, role: 'owner' },
    { user: bob, role: 'member' },
  ],
})
const pack = (at: number, record: Uint8Array): PackRecords => ({ lineage: 5, at, records: [record] })
const jsonOf = (n: number) => `{"n":${n}}`
const event = (n: number, at = 1_000, users = [ann]): PackRecords => {
  const body = { kind: 'clear', json: Buffer.from(jsonOf(n)) } as const
  return pack(at, encodeSyncRecord({ type: 'event', body, deliveries: users.map((user) => ({ user, n })) }))
}
const profile = (user: UserId, name: string): PackRecords => {
  const change = { op: 'profile', name, displayName: name.toUpperCase(), avatar: null } as const
  return pack(1, encodeSyncRecord({ type: 'user', user, at: 1, change }))
}

/** What every store must do. `create` gives a fresh, empty one. */
export function storeContract(name: string, create: () => Promise<Store>): void {
  describe(`store: ${name}`, () => {
    let store: Store
    beforeEach(async () => {
      store = await create()
    })
    afterEach(() => store.close())

    test('keeps the position and digest of each partition', async () => {
      expect(await store.position('log', 0)).toBeNull()
      await store.apply(log(3, created))
      expect(await store.position('log', 0)).toEqual(position(3))
      expect(await store.position('sync', 0)).toBeNull()
    })

    test('what became of messages: edits, reactions, and deletions that leave nothing', async () => {
      const edited = (rev: number, seq: number) =>
        encodeLogRecord({
          type: 'channel',
          event: seal(key, ann, Buffer.from(`{"edit":${rev}}`)),
          channel: c1,
          rev,
          at: 1,
          by: ann,
          change: { op: 'edited', seq },
        })
      const reacted = (rev: number, emoji: string, on: boolean) =>
        change(rev, { op: 'reaction', seq: 2, emoji, on })
      await store.apply(log(1, created, message(1), message(2), message(3)))
      expect(await store.messageChanges(c1, 1, 3)).toEqual([])
      await store.apply(log(2, edited(5, 1), edited(6, 1), reacted(7, 'a', true), reacted(8, 'a', true)))
      await store.apply(log(3, reacted(9, 'b', true), reacted(10, 'b', false)))
      const [first, second, ...others] = await store.messageChanges(c1, 1, 3)
      expect(others).toEqual([])
      expect(first).toMatchObject({ seq: 1, deleted: false, reactions: [] })
      expect(decodeLogRecord(first?.edit ?? new Uint8Array())).toMatchObject({ rev: 6 })
      expect(second).toEqual({
        seq: 2,
        deleted: false,
        edit: null,
        replies: null,
        reactions: [{ emoji: 'a', users: [ann] }],
      })
      expect(await store.edits(c1, 1, 0, 10)).toHaveLength(2)
      await store.apply(log(4, change(11, { op: 'deleted', seq: 1 }), change(12, { op: 'deleted', seq: 2 })))
      const gone = await store.messageChanges(c1, 1, 3)
      expect(gone).toMatchObject([1, 2].map((seq) => ({ seq, deleted: true, edit: null, reactions: [] })))
      expect(await store.edits(c1, 1, 0, 10)).toEqual([])
      const asked = [1, 2, 3].map((seq) => ({ channel: c1, seq }))
      expect(await store.deletedAmong(asked)).toEqual([0, 1])
      const [left] = await store.messages(c1, 1, 1, 10_000)
      expect(JSON.parse(Buffer.from(left ?? []).toString())).toMatchObject({
        seq: 1,
        from: ann,
        body: '',
        deleted: true,
      })
    })

    test('of a message that is edited again and again the newest edits are kept, and a deletion leaves none', async () => {
      const edited = (rev: number) =>
        encodeLogRecord({
          type: 'channel',
          event: seal(key, ann, Buffer.from(`{"edit":${rev}}`)),
          channel: c1,
          rev,
          at: 1,
          by: ann,
          change: { op: 'edited', seq: 1 },
        })
      const revs = (records: readonly Uint8Array[]) =>
        records
          .map((record) => decodeLogRecord(record))
          .map((record) => (record.type === 'receipt' ? 0 : record.rev))
      const all = Array.from({ length: MAX_VERSIONS + 5 }, (_, n) => n + 3)
      await store.apply(log(1, created, message(1), ...all.map(edited)))
      expect(revs(await store.edits(c1, 1, 0, 1_000))).toEqual(all.slice(5))
      expect(revs(await store.edits(c1, 1, 10, 3))).toEqual([11, 12, 13])
      const listed = async () => (await store.channelRecords(c1, 1, 1_000, 1e6)).records.map(({ rev }) => rev)
      expect(await listed()).toEqual(all.slice(5))
      // A page is cut after so many bytes, or records, and says that there is more.
      const cut = { records: [{ rev: 8 }], more: true }
      expect(await store.channelRecords(c1, 1, 1_000, 1)).toMatchObject(cut)
      expect(await store.channelRecords(c1, 1, 1, 1e6)).toMatchObject(cut)
      expect(await store.channelRecords(c1, all.at(-2) ?? 0, 1, 1)).toMatchObject({ more: false })
      await store.apply(log(2, change(900, { op: 'deleted', seq: 1 })))
      expect(await store.edits(c1, 1, 0, 1_000)).toEqual([])
      expect(await listed()).toEqual([900])
    })

    test('messages that are over are found by partition and time until they are deleted', async () => {
      const over = (seq: number, expires: number, names: UserId[] = []) =>
        message(seq, bob, { expires, names })
      await store.apply(
        log(1, created, over(1, 300), over(2, 100, [ann]), message(3), over(4, 200), over(5, 900)),
      )
      const due = async (until: number, limit = 10, partition = 0, maxMentions = 10) =>
        (await store.expiring(partition, until, limit, maxMentions)).map(({ seq }) => seq)
      expect(await store.expiring(0, 100, 10, 10)).toEqual([
        { channel: c1, seq: 2, from: bob, mentions: [ann], at: 100 },
      ])
      expect([await due(99), await due(300), await due(300, 2), await due(300, 10, 1)]).toEqual([
        [],
        [2, 4, 1],
        [2, 4],
        [],
      ])
      // One that names many comes all the same, and what is behind it comes later.
      await store.apply(log(2, over(6, 250, [ann, bob]), over(7, 50, [ann, bob])))
      expect(await due(300, 10, 0, 2)).toEqual([7])
      const deleted = (rev: number, seq: number) => change(rev, { op: 'deleted', seq })
      await store.apply(
        log(3, deleted(10, 2), deleted(11, 4), deleted(12, 3), deleted(13, 7), deleted(14, 2)),
      )
      expect(await due(1_000)).toEqual([6, 1, 5])
      // Written and deleted at once.
      await store.apply(log(4, over(8, 10), deleted(16, 8)))
      expect(await due(1_000)).toEqual([6, 1, 5])
    })

    test('a group that comes again, or too late, changes nothing', async () => {
      await store.apply(sync(2, event(1), event(2)))
      await store.apply(sync(2, event(1), event(2)))
      await store.apply(sync(1, event(1)))
      expect((await store.queue(ann, 0, 1e6)).events.map(({ n }) => n)).toEqual([1, 2])
      expect(await store.position('sync', 0)).toEqual(position(2))
    })

    test('an event that nobody receives moves the position and leaves nothing', async () => {
      const nothing = event(0, 1, [])
      await store.apply(sync(1, nothing))
      await store.apply(sync(2, event(1), nothing))
      expect(await store.position('sync', 0)).toEqual(position(2))
      expect((await store.queue(ann, 0, 1e6)).events.map(({ n }) => n)).toEqual([1])
    })

    test('a group that fails is not applied in part', async () => {
      const both = sync(1, event(1), event(1))
      await expect(store.apply(both)).rejects.toBeInstanceOf(Error)
      expect(await store.position('sync', 0)).toBeNull()
      expect((await store.queue(ann, 0, 1e6)).events).toEqual([])
    })

    test('messages come by seq, in order, as far as there is no hole, and within the bytes', async () => {
      await store.apply(log(1, created, message(1), message(2), message(4)))
      expect((await store.messages(c1, 1, 9, 1e6)).map(seqOf)).toEqual([1, 2])
      expect((await store.messages(c1, 2, 2, 1e6)).map(seqOf)).toEqual([2])
      expect((await store.messages(c1, 1, 9, 1)).map(seqOf)).toEqual([1])
      expect(await store.messages(c1, 3, 4, 1e6)).toEqual([])
    })

    test('what was sealed stands there as it stood in the log', async () => {
      const record = message(1)
      await store.apply(log(1, created, record))
      expect((await store.messages(c1, 1, 1, 1e6)).map((bytes) => Buffer.from(bytes))).toEqual([
        Buffer.from(record),
      ])
      const sealed = seal(key, ann, Buffer.from(jsonOf(1)))
      const body = { kind: 'sealed', sealed } as const
      const deliveries = [{ user: ann, n: 1 }]
      await store.apply(sync(1, pack(1, encodeSyncRecord({ type: 'event', body, deliveries }))))
      const [stored] = (await store.queue(ann, 0, 1e6)).events
      const read = readEventBody(new Reader(stored?.body ?? new Uint8Array(0)))
      expect(read.kind === 'sealed' && Buffer.from(read.sealed).equals(sealed)).toBe(true)
    })

    test('a cid is found for its user and channel only', async () => {
      await store.apply(log(1, created, message(1)))
      expect(await store.cid(c1, ann, cidOf(1))).toEqual({ seq: 1, at: 1_001 })
      expect(await store.cid(c1, bob, cidOf(1))).toBeNull()
      expect(await store.cid(trusted<ChannelId>('c2'), ann, cidOf(1))).toBeNull()
    })

    test('many who join by one record are members each, counted once', async () => {
      const users = Array.from({ length: 1_000 }, (_, n) => trusted<UserId>(`many-${n}`))
      const many = (rev: number, added: readonly UserId[]) =>
        change(rev, { op: 'joined-many', users: added, role: 'member', head: 1 })
      await store.apply(log(1, created, message(1)))
      await store.apply(log(2, many(3, users), many(4, [bob, ...users.slice(0, 2)])))
      const [seen] = await store.channelsOf(trusted<UserId>('many-999'), null, 10)
      expect(seen).toMatchObject({ members: 1_002, joined: 1, role: 'member', rev: 4 })
    })

    describe('public channels', () => {
      const idOf = (n: number) => trusted<ChannelId>(`p${`${n}`.padStart(4, '0')}`)
      const made = (n: number, name: string, more: SettingsPatch = {}) =>
        change(
          1,
          { op: 'created', kind: 'group', name, members: [], settings: { public: true, ...more } },
          idOf(n),
        )
      const found = async (query: string, limit = 50, maxBytes = 1e6) => {
        const ids: ChannelId[] = []
        let after: PublicPlace | null = null
        for (let pages = 0; pages < 1_000; pages++) {
          const page: PublicPage = await store.publicChannels(query, after, limit, maxBytes)
          ids.push(...page.items.map(({ id }) => id))
          after = page.next
          if (after === null) return ids
        }
        throw new Error('the pages never end')
      }

      test('are found by how words of their names begin, in any case, once each', async () => {
        await store.apply(
          log(
            1,
            made(1, 'Tea time, team'),
            made(2, 'Grünes TEATER'),
            made(3, 'Coffee'),
            change(1, { op: 'created', kind: 'group', name: 'Tea, private', members: [] }, idOf(4)),
            made(5, '☕'),
            made(6, 'ﬁne tea'),
          ),
        )
        expect(await found('tea')).toEqual([idOf(1), idOf(6), idOf(2)])
        expect(await found('TEA tim')).toEqual([idOf(1)])
        expect(await found('grü')).toEqual([idOf(2)])
        expect(await found('fine')).toEqual([idOf(6)])
        expect(await found('ea')).toEqual([])
        expect(await found('%')).toEqual(await found(''))
        expect(await found('tea', 1)).toEqual(await found('tea'))
      })

      test('all are listed by name, page by page', async () => {
        const names = Array.from({ length: 40 }, (_, n) => made(n, `Room ${`${n}`.padStart(2, '0')}`))
        await store.apply(log(1, ...names))
        const all = Array.from({ length: 40 }, (_, n) => idOf(n))
        expect(await found('', 7)).toEqual(all)
        expect(await found('room', 7)).toEqual(all)
        expect(await found('', 7, 1)).toEqual(all)
        expect((await store.publicChannels('', null, 7, 1)).items).toHaveLength(1)
        expect((await store.publicChannels('', null, 7, 1e6)).items).toHaveLength(7)
      })

      test('show what they are about; one that is renamed, private or archived is found as that', async () => {
        const more = { topic: 'Now', description: 'Leaves', avatar: 'a.png' }
        await store.apply(log(1, made(1, 'Tea', more), made(2, 'Tea too')))
        const joined = { op: 'joined', user: bob, role: 'member', head: 0 } as const
        await store.apply(log(2, change(2, joined, idOf(1))))
        const [item] = (await store.publicChannels('tea', null, 1, 1e6)).items
        expect(item).toEqual({ id: idOf(1), kind: 'group', name: 'Tea', members: 1, ...more })
        const set = async (rev: number, patch: SettingsPatch) =>
          store.apply(log(rev, change(rev, { op: 'settings', set: patch }, idOf(1))))
        await set(3, { name: 'Coffee', topic: null })
        expect([await found('tea'), await found('cof')]).toEqual([[idOf(2)], [idOf(1)]])
        expect((await store.publicChannels('cof', null, 1, 1e6)).items).toMatchObject([
          { topic: null, avatar: 'a.png' },
        ])
        await set(4, { archived: true })
        expect(await found('cof')).toEqual([])
        await set(5, { archived: false })
        expect(await found('')).toEqual([idOf(1), idOf(2)])
        await set(6, { public: false })
        expect(await found('')).toEqual([idOf(2)])
        await store.apply(log(7, change(2, { op: 'renamed', name: 'Milk' }, idOf(2))))
        expect([await found('tea'), await found('milk')]).toEqual([[], [idOf(2)]])
      })

      test('a word of many names costs a page no more than it may look at', async () => {
        const many = Array.from({ length: 1_500 }, (_, n) =>
          made(n, n === 1_400 ? 'Room teapot' : `Room ${n}`),
        )
        await store.apply(log(1, ...many))
        const first = await store.publicChannels('room te', null, 50, 1e6)
        expect(first.items).toEqual([])
        expect(first.next).not.toBeNull()
        expect(await found('room te')).toEqual([idOf(1_400)])
      })
    })

    test('a ban takes a member out, a handover changes two roles', async () => {
      await store.apply(log(1, created))
      await store.apply(log(2, change(2, { op: 'transferred', user: bob })))
      expect(await store.channelsOf(ann, null, 10)).toMatchObject([{ role: 'admin' }])
      expect(await store.channelsOf(bob, null, 10)).toMatchObject([{ role: 'owner' }])
      await store.apply(log(3, change(3, { op: 'banned', user: bob, member: true })))
      await store.apply(log(4, change(4, { op: 'banned', user: trusted<UserId>('eve'), member: false })))
      expect(await store.channelsOf(bob, null, 10)).toEqual([])
      expect(await store.channelsOf(ann, null, 10)).toMatchObject([{ members: 1, rev: 4 }])
    })

    test('channels are found by their members, with head, role, count and read mark', async () => {
      const eve = trusted<UserId>('eve')
      await store.apply(log(1, created, message(1), message(2)))
      await store.apply(log(2, change(4, { op: 'joined', user: eve, role: 'member', head: 2 })))
      const common = { id: c1, kind: 'group', name: 'Tea', members: 3, head: 2, rev: 4, lineage: 5 }
      expect(await store.channelsOf(ann, null, 10)).toEqual([
        { ...common, role: 'owner', joined: 0, read: 2 },
      ])
      expect(await store.channelsOf(eve, null, 10)).toEqual([
        { ...common, role: 'member', joined: 2, read: 0 },
      ])
      await store.apply(log(3, change(5, { op: 'role', user: bob, role: 'admin' })))
      expect(await store.channelsOf(bob, null, 10)).toMatchObject([{ role: 'admin', rev: 5 }])
      await store.apply(log(4, change(6, { op: 'left', user: eve })))
      expect(await store.channelsOf(eve, null, 10)).toEqual([])
      expect(await store.channelsOf(ann, null, 10)).toMatchObject([{ members: 2, rev: 6 }])
      // A change of fan-out moves the rev alone; who is there, or gone, already isn't counted twice.
      await store.apply(log(5, change(7, { op: 'fanout', mode: 'read' })))
      await store.apply(log(6, change(8, { op: 'left', user: eve })))
      await store.apply(log(7, change(9, { op: 'joined', user: bob, role: 'member', head: 2 })))
      expect(await store.channelsOf(ann, null, 10)).toMatchObject([{ members: 2, rev: 9 }])
    })

    test('channels come in pages, ascending by id; a direct one names the other user', async () => {
      const members = [
        { user: ann, role: 'member' as const },
        { user: bob, role: 'member' as const },
      ]
      const make = (id: string) =>
        change(1, { op: 'created', kind: 'direct', name: null, members }, trusted<ChannelId>(id))
      await store.apply(log(1, make('b'), make('a'), make('c')))
      expect((await store.channelsOf(ann, null, 2)).map(({ id }) => id)).toEqual(['a', 'b'])
      expect(await store.channelsOf(bob, trusted<ChannelId>('b'), 2)).toMatchObject([{ id: 'c', peer: ann }])
    })

    test('read marks never go back', async () => {
      const read = (seq: number) =>
        pack(
          1,
          encodeSyncRecord({ type: 'user', user: bob, at: 1, change: { op: 'read', channel: c1, seq } }),
        )
      await store.apply(sync(1, read(5)))
      await store.apply(sync(2, read(3)))
      expect(await store.readMark(bob, c1)).toBe(5)
      expect(await store.readMark(ann, c1)).toBe(0)
    })

    test('when a user was last there never goes back', async () => {
      await store.noteSeen([
        { user: ann, at: 5 },
        { user: bob, at: 7 },
      ])
      await store.noteSeen([
        { user: ann, at: 9 },
        { user: bob, at: 6 },
      ])
      await store.noteSeen([{ user: ann, at: 9 }])
      expect(await store.lastSeen([ann, trusted<UserId>('eve'), bob])).toEqual([
        { user: ann, at: 9 },
        { user: bob, at: 7 },
      ])
    })

    test('profiles are found by id and by name, whatever its case', async () => {
      await store.apply(sync(1, profile(ann, 'Ann')))
      const shape = { id: ann, name: 'Ann', display_name: 'ANN', avatar: null }
      expect(await store.users([bob, ann])).toEqual([shape])
      expect(await store.usersByName('ann')).toEqual([shape])
      await store.apply(sync(2, profile(ann, 'Anna')))
      expect(await store.usersByName('ann')).toEqual([])
      expect(await store.usersByName('anna')).toMatchObject([{ id: ann }])
      await store.apply(sync(3, profile(bob, 'Annabel')))
      expect(await store.usersByPrefix('ann', 5)).toMatchObject([{ id: ann }, { id: bob }])
      expect(await store.usersByPrefix('ann', 1)).toMatchObject([{ id: ann }])
      expect(await store.usersByPrefix('annab', 5)).toMatchObject([{ id: bob }])
      expect(await store.usersByPrefix('nab', 5)).toEqual([])
    })

    test('a queue comes in pages and says what it still holds', async () => {
      expect(await store.queue(ann, 0, 1e6)).toEqual({ oldest: 0, events: [] })
      await store.apply(sync(1, event(1), event(2), event(3)))
      const page = await store.queue(ann, 1, 1)
      expect(page.oldest).toBe(1)
      const bodies = page.events.map(({ n, body }) => ({ n, body: readEventBody(new Reader(body)) }))
      expect(bodies).toEqual([{ n: 2, body: { kind: 'clear', json: Buffer.from(jsonOf(2)) } }])
    })

    test('a page begins and ends anywhere, however its events came', async () => {
      await store.apply(sync(1, event(1, 1_000, [bob]), ...[1, 2, 3].map((n) => event(n))))
      await store.apply(sync(2, event(4), event(5, 500_000), event(6, 500_001)))
      await store.apply(sync(3, event(7, 500_002)))
      const all = [1, 2, 3, 4, 5, 6, 7]
      for (const after of [0, ...all]) {
        const { events } = await store.queue(ann, after, 1e6)
        const read = events.map(({ n, body }) => ({ n, body: readEventBody(new Reader(body)) }))
        const wanted = all.filter((n) => n > after)
        expect(read).toEqual(
          wanted.map((n) => ({ n, body: { kind: 'clear', json: Buffer.from(jsonOf(n)) } })),
        )
      }
      expect((await store.queue(ann, 2, 1)).events.map(({ n }) => n)).toEqual([3])
      await store.trimQueues(null, 0, 4, 2)
      expect(await store.queue(ann, 0, 1)).toMatchObject({ oldest: 3, events: [{ n: 3 }] })
      await store.trimQueues(null, 500_000, 100, 100)
      expect((await store.queue(ann, 0, 1e6)).events.map(({ n }) => n)).toEqual([5, 6, 7])
      expect((await store.queue(bob, 0, 1e6)).events.map(({ n }) => n)).toEqual([1])
    })

    test('trimming takes what is old or too much, from each user, and keeps the newest', async () => {
      const old = [1, 2, 3].map((n) => event(n, 10, [ann, bob]))
      await store.apply(sync(1, ...old, event(4, 500_000, [bob])))
      let after: UserId | null = null
      do after = (await store.trimQueues(after, 1_000, 100, 1)).next
      while (after !== null)
      for (let round = 0; round < 10; round++) await store.trimQueues(null, 1_000, 100, 100)
      expect((await store.queue(ann, 0, 1e6)).oldest).toBe(3)
      expect((await store.queue(bob, 0, 1e6)).oldest).toBe(4)
      await store.apply(sync(2, event(5, 500_000, [bob]), event(6, 500_000, [bob])))
      await store.trimQueues(null, 1_000, 2, 100)
      expect((await store.queue(bob, 0, 1e6)).events.map(({ n }) => n)).toEqual([5, 6])
    })

    test('what a user keeps stands by area and key, the latest wins, and null takes it away', async () => {
      const state = (area: UserArea, name: string, value: string | null) =>
        pack(
          1,
          encodeSyncRecord({
            type: 'user',
            user: ann,
            at: 1,
            change: { op: 'state', area, key: name, value },
          }),
        )
      await store.apply(
        sync(1, state('mute', 'c1', '1'), state('mute', 'c2', '2'), state('block', 'bob', 'true')),
      )
      await store.apply(sync(2, state('mute', 'c1', '3'), state('block', 'bob', null)))
      const rows = [
        { key: 'c1', value: '3' },
        { key: 'c2', value: '2' },
      ]
      expect(await store.stateRows(ann, 'mute', null, 10, 1e6)).toEqual(rows)
      expect(await store.stateRows(ann, 'mute', 'c1', 10, 1e6)).toEqual(rows.slice(1))
      expect(await store.stateRows(ann, 'mute', null, 10, 1)).toEqual(rows.slice(0, 1))
      expect(await store.stateRows(bob, 'mute', null, 10, 1e6)).toEqual([])
      expect(await store.stateCount(ann, 'mute')).toBe(2)
      const asked = [
        { user: ann, area: 'block' as const, key: 'bob' },
        { user: ann, area: 'mute' as const, key: 'c2' },
      ]
      expect(await store.stateValues(asked)).toEqual([null, '2'])
    })

    test('mentions are counted after a seq, those of everybody too', async () => {
      const mentioning = (seq: number, users: UserId[], all: 'channel' | null) =>
        encodeLogRecord({
          type: 'message',
          thread: 0,
          expires: 0,
          mentions: { users, all },
          channel: c1,
          rev: seq + 1,
          seq,
          from: bob,
          device,
          cid: cidOf(seq),
          at: 1,
          event: seal(key, bob, Buffer.from('{}')),
        })
      await store.apply(
        log(
          1,
          created,
          mentioning(1, [ann], null),
          mentioning(2, [ann], 'channel'),
          mentioning(3, [], 'channel'),
        ),
      )
      expect(await store.mentions(ann, c1, 0, 10)).toBe(3)
      expect(await store.mentions(ann, c1, 1, 10)).toBe(2)
      expect(await store.mentions(bob, c1, 0, 10)).toBe(2)
      expect(await store.mentions(ann, c1, 0, 2)).toBe(2)
      // Replies are counted by thread.
      await store.apply(log(2, message(4, bob, { thread: 1, names: [ann] })))
      expect(await store.mentions(ann, c1, 0, 10)).toBe(3)
    })

    test('replies are listed by thread, threads by their newest reply, and each counts once', async () => {
      const reply = (seq: number, thread: number, from = bob) => message(seq, from, { thread })
      await store.apply(log(1, created, message(1), message(2), reply(3, 1), reply(4, 2)))
      await store.apply(log(2, reply(5, 1, ann), reply(6, 1)))
      // The same again, as after a crash between the write and its ack.
      await store.apply(log(2, reply(5, 1, ann), reply(6, 1)))
      const first = { channel: c1, thread: 1, replies: 3, last: { seq: 6, from: bob, at: 1_006 } }
      const second = { channel: c1, thread: 2, replies: 1, last: { seq: 4, from: bob, at: 1_004 } }
      expect(await store.threads(c1, null, 10)).toEqual([first, second])
      expect(await store.threads(c1, null, 1)).toEqual([first])
      expect(await store.threads(c1, 6, 10)).toEqual([second])
      expect(await store.thread(c1, 2)).toEqual(second)
      expect(await store.thread(c1, 3)).toBeNull()
      expect(await store.threadReplies(c1, 1, { before: null }, 2)).toEqual([6, 5])
      expect(await store.threadReplies(c1, 1, { before: 5 }, 2)).toEqual([3])
      expect(await store.threadReplies(c1, 1, { after: 3 }, 1)).toEqual([5])
      expect(await store.threadReplies(c1, 3, { after: 0 }, 1)).toEqual([])
      const unread = (user: UserId, after: number, most = 10) =>
        store.threadUnread(user, [{ channel: c1, thread: 1, after }], most)
      expect([await unread(ann, 0), await unread(bob, 0)]).toEqual([[2], [1]])
      expect([await unread(ann, 3), await unread(ann, 6), await unread(ann, 0, 1)]).toEqual([[1], [0], [1]])
      await store.apply(log(3, change(8, { op: 'deleted', seq: 6 })))
      expect(await unread(ann, 0)).toEqual([1])
      expect(await store.thread(c1, 1)).toEqual(first)
      const [changed] = await store.messageChanges(c1, 1, 1)
      expect(changed).toMatchObject({ seq: 1, deleted: false, replies: { count: 3, last: 6 } })
      const some = await store.messagesAt(c1, [6, 1, 3], 10_000)
      expect(some.map(({ change: became }) => [became?.deleted, became?.replies?.count])).toEqual([
        [true, undefined],
        [false, 3],
        [undefined, undefined],
      ])
      expect(JSON.parse(Buffer.from(some[0]?.record ?? []).toString())).toMatchObject({ seq: 6, thread: 1 })
      expect(await store.messagesAt(c1, [1, 99, 2], 10_000)).toHaveLength(1)
      expect(await store.messagesAt(c1, [1, 2], 1)).toHaveLength(1)
    })

    test('who writes in a thread, began it or is named in it follows it, where they are members', async () => {
      const cid = trusted<UserId>('cid')
      const follows = (user: UserId) => store.follows(user, [{ channel: c1, thread: 1 }])
      await store.apply(log(1, created, message(1, ann, { names: [cid] })))
      expect(await follows(ann)).toEqual([null])
      await store.apply(log(2, message(2, bob, { thread: 1 })))
      expect([await follows(ann), await follows(bob), await follows(cid)]).toEqual([[0], [2], [0]])
      await store.apply(log(3, message(3), message(4, bob, { thread: 3 }), message(5, ann, { thread: 1 })))
      expect(await follows(ann)).toEqual([5])
      const threads = async (user: UserId, limit: number) =>
        (await store.followedThreads(user, limit)).map(({ thread, wrote, joined }) => [thread, wrote, joined])
      const both = await threads(ann, 10)
      expect(both).toHaveLength(2)
      for (const one of [
        [1, 5, 0],
        [3, 0, 0],
      ])
        expect(both).toContainEqual(one)
      // The one that they took part in last.
      expect(await threads(ann, 1)).toEqual([[1, 5, 0]])
      expect(await threads(cid, 10)).toEqual([])
      await store.apply(log(4, change(7, { op: 'joined', user: cid, role: 'member', head: 5 })))
      expect(await threads(cid, 10)).toEqual([[1, 0, 5]])
      await store.apply(log(5, change(8, { op: 'left', user: ann })))
      expect(await threads(ann, 10)).toEqual([])
    })

    test('how far a thread was read only rises', async () => {
      const mark = (n: number, value: string) => {
        const change = { op: 'state', area: 'thread', key: 'c1/1', value } as const
        return sync(n, pack(1, encodeSyncRecord({ type: 'user', user: ann, at: 1, change })))
      }
      const marks = () => store.stateValues([{ user: ann, area: 'thread', key: 'c1/1' }])
      for (const [n, value] of ['7', '12', '9'].entries()) await store.apply(mark(n + 1, value))
      expect(await marks()).toEqual(['12'])
    })

    test('a device’s log-ins end together', async () => {
      const family = trusted<SessionId>('f1')
      await store.startFamily({ family, user: ann, device, tokenHash: 't1', expiresAt: 100, ...told })
      const { deviceName, platform, createdAt } = told
      expect(await store.logIns(ann, 1)).toEqual([
        { family, device, deviceName, platform, createdAt, activeAt: createdAt },
      ])
      expect(await store.logIns(ann, 100)).toEqual([])
      await store.rotate('t1', 't2', 200, 50)
      expect(await store.logIns(ann, 100)).toMatchObject([{ activeAt: 50 }])
      expect(await store.endDevice(bob, device, 60)).toEqual([])
      expect(await store.endDevice(ann, device, 60)).toEqual([family])
      expect(await store.logIns(ann, 70)).toEqual([])
      expect(await store.rotate('t2', 't3', 300, 70)).toEqual({ kind: 'refused' })
    })

    test('a name is claimed once', async () => {
      const claim = { key: 'ann', name: 'Ann', displayName: 'Ann', user: ann, hash: 'h', pending: true }
      expect(await store.claimAccount(claim)).toEqual(claim)
      expect(await store.claimAccount({ ...claim, user: bob, hash: 'other' })).toEqual(claim)
      await store.accountReady('ann')
      expect(await store.account('ann')).toEqual({ ...claim, pending: false })
      expect(await store.accountOf(ann)).toEqual({ ...claim, pending: false })
      expect(await store.accountOf(bob)).toBeNull()
    })

    test('a refresh token works once; the second time ends its family', async () => {
      const family = trusted<SessionId>('f1')
      await store.startFamily({ family, user: ann, device, tokenHash: 't1', expiresAt: 100, ...told })
      expect(await store.rotate('unknown', 'x', 100, 1)).toEqual({ kind: 'refused' })
      expect(await store.rotate('t1', 't2', 100, 1)).toEqual({ kind: 'rotated', family, user: ann, device })
      expect(await store.rotate('t1', 't3', 100, 2)).toEqual({ kind: 'reused', family })
      expect(await store.rotate('t2', 't4', 100, 3)).toEqual({ kind: 'refused' })
    })

    test('a family that was ended or has run out gives no tokens', async () => {
      const start = (id: string, tokenHash: string) => {
        const family = trusted<SessionId>(id)
        return store.startFamily({ family, user: ann, device, tokenHash, expiresAt: 100, ...told })
      }
      await start('f1', 't1')
      await start('f2', 't2')
      expect(await store.rotate('t1', 'x', 200, 100)).toEqual({ kind: 'refused' })
      await store.endFamily(trusted<SessionId>('f2'), bob, 1)
      expect(await store.rotate('t2', 't3', 100, 1)).toMatchObject({ kind: 'rotated' })
      await store.endFamily(trusted<SessionId>('f2'), ann, 1)
      expect(await store.rotate('t3', 't4', 100, 1)).toEqual({ kind: 'refused' })
      await store.trimFamilies(1_000, 10)
      expect(await store.rotate('t2', 't4', 100, 1)).toEqual({ kind: 'refused' })
    })

    test('one signing key is kept of several offered', async () => {
      expect(await store.signingKeys()).toEqual([])
      const first = { kid: 'k1', privateJwk: '{}' }
      expect(await store.offerSigningKey(first)).toEqual([first])
      expect(await store.offerSigningKey({ kid: 'k2', privateJwk: '{}' })).toEqual([first])
    })
  })
}
