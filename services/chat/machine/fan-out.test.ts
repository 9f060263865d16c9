import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { Channel } from './channel.ts'
import { channel, Log, owner, shown, userOf } from './harness.ts'

const add = (log: Log, users: readonly UserId[]) => log.ask(owner, { op: 'add', users: [...users] })

/** One more than the last, then down again: where the mode changes. */
test('a group changes over above its threshold, and back at 4/5 of it', () => {
  const log = new Log(10)
  log.create([])
  const modes: [number, string][] = []
  const mode = () => log.state.channels.get(channel)?.fanout ?? ''
  for (let n = 1; n <= 12; n++) {
    log.put(userOf(n))
    modes.push([n + 1, mode()])
  }
  for (let n = 12; n >= 6; n--) {
    log.remove(userOf(n))
    modes.push([n, mode()])
  }
  const up = modes.slice(0, 12)
  const down = modes.slice(12)
  expect(up.filter(([, at]) => at === 'read').map(([members]) => members)).toEqual([11, 12, 13])
  expect(down.filter(([, at]) => at === 'queue').map(([members]) => members)).toEqual([8, 7, 6])
})

test('whatever happens, what is replayed is what was planned: modes, recipients, who reads marks', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constant('join' as const), user: fc.integer({ min: 1, max: 12 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        op: fc.constant('add' as const),
        user: fc.constant(0),
        users: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ op: fc.constant('leave' as const), user: fc.integer({ min: 1, max: 12 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant('send' as const),
        user: fc.integer({ min: 0, max: 12 }),
        mentions: fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constantFrom('edit' as const, 'delete' as const, 'react' as const),
        user: fc.integer({ min: 0, max: 12 }),
        message: fc.nat(20),
      }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, cut) => {
      const log = new Log(5)
      log.create([])
      let snapshot: { entries: string[]; items: number } | null = null
      const written: { from: UserId; mentions: UserId[] }[] = []
      for (const [at, given] of steps.entries()) {
        if (at === cut) snapshot = { entries: log.snapshot(), items: log.items.length }
        const user = userOf(given.user)
        try {
          if (given.op === 'join') log.put(user)
          else if (given.op === 'add') add(log, given.users.map(userOf))
          else if (given.op === 'leave') {
            if (log.state.channels.get(channel)?.members.has(user)) log.remove(user)
          } else if (given.op === 'send') {
            const mentions = given.mentions.map(userOf)
            log.send(user, mentions)
            written.push({ from: user, mentions })
          } else {
            const seq = 1 + (given.message % Math.max(1, written.length))
            const { from, mentions } = written[seq - 1] ?? { from: owner, mentions: [] }
            const request = {
              edit: { op: 'edit' as const, seq, body: `said at ${at}` },
              delete: { op: 'delete' as const, seq },
              react: { op: 'react' as const, seq, emoji: '👍', on: at % 2 === 0 },
            }[given.op]
            if (written.length > 0) log.ask(user, request, from, mentions)
          }
        } catch {
          // A refusal changes nothing; that is part of what is compared.
        }
      }
      const { state: again, items } = log.replayed(snapshot?.entries)
      expect(shown(items)).toEqual(shown(log.items.slice(snapshot?.items ?? 0)))
      const [planned, replayed] = [log.state.channels.get(channel), again.channels.get(channel)]
      expect(replayed?.toEntries(0)).toEqual(planned?.toEntries(0))
    }),
    { numRuns: 150 },
  )
})

test('where messages are read, a change of one is told to those who have it in their queues, and to who made it', () => {
  const log = new Log(4)
  const told = () => new Set(log.items.splice(0).flatMap(([, { recipients }]) => recipients))
  log.create([userOf(1), userOf(2)])
  log.put(userOf(1), owner, 'admin')
  log.send(userOf(2))
  log.remove(userOf(2))
  // Back again, as a stranger to what was said; with those who follow it changes over.
  for (const n of [3, 2, 4, 5]) log.put(userOf(n))
  log.send(userOf(3), [userOf(4)])
  told()
  log.ask(userOf(3), { op: 'edit', seq: 2, body: 'better' }, userOf(3), [userOf(4)])
  expect(told()).toEqual(new Set([userOf(3), userOf(4)]))
  log.ask(userOf(1), { op: 'delete', seq: 2 }, userOf(3), [userOf(4)])
  expect(told()).toEqual(new Set([userOf(1), userOf(3), userOf(4)]))
  log.ask(userOf(1), { op: 'delete', seq: 1 }, userOf(2))
  expect(told()).toEqual(new Set([owner, userOf(1), userOf(2)]))
})

test('many who are added are one record and one event, told to those whom it concerns', () => {
  const told = (log: Log) => log.items.flatMap(([, { recipients }]) => recipients).length
  const log = new Log(100)
  log.create([userOf(1)])
  log.items.length = 0
  expect(add(log, [1, 2, 3, 3].map(userOf))).toBe(1)
  // Where messages are copied to queues, all members hear of it, once.
  expect(told(log)).toBe(4)
  expect(add(log, [1, 2, 3].map(userOf))).toBe(0)
  // The change-over is a record of its own, behind it.
  expect(
    add(
      log,
      Array.from({ length: 1_000 }, (_, n) => userOf(n)),
    ),
  ).toBe(2)
  log.items.length = 0
  const late = Array.from({ length: 500 }, (_, n) => userOf(5_000 + n))
  expect(add(log, late)).toBe(1)
  expect(log.items.flatMap(([, { recipients }]) => recipients).sort()).toEqual([...late].sort())
  expect(log.items.every(([, { ranks }]) => ranks?.op === 'enter')).toBe(true)
  const members = log.state.channels.get(channel)?.members
  expect(members?.size).toBe(1_500)
  expect(members?.page(null, 2).users).toEqual(['u0', 'u1'])
})

test('a message costs one record, and above the threshold one queue beside those that it names', () => {
  const costs = [10, 100, 1_000, 100_000].map((size) => {
    const log = new Log(100)
    log.create([])
    const known = log.state.channels.get(channel)
    if (known === undefined) throw new Error('it was not created')
    // As if they had joined one by one; the last one does.
    for (let n = 1; n < size - 1; n++) known.members.set(userOf(n), { role: 'member', joined: 0, sent: 0 })
    known.membersChanged()
    log.put(userOf(size - 1))
    log.items.length = 0
    const records = log.send(owner)
    const queues = log.items.flatMap(([, { recipients }]) => recipients).length
    log.items.length = 0
    log.send(owner, [userOf(3), userOf(5)])
    const mentioned = log.items.flatMap(([, { recipients }]) => recipients).length
    return { size, records, queues, mentioned }
  })
  expect(costs).toEqual([
    { size: 10, records: 1, queues: 10, mentioned: 10 },
    { size: 100, records: 1, queues: 100, mentioned: 100 },
    { size: 1_000, records: 1, queues: 1, mentioned: 3 },
    { size: 100_000, records: 1, queues: 1, mentioned: 3 },
  ])
})

test('a channel of 100,000 fits the pages of a snapshot, and pages of its members are in order', () => {
  const large = new Channel(channel, 'broadcast', 'News')
  for (let n = 0; n < 100_000; n++)
    large.members.set(userOf(n).padEnd(64, 'x') as UserId, { role: 'member', joined: n, sent: 0 })
  const entries = large.toEntries(7)
  expect(Math.max(...entries.map((entry) => JSON.stringify(entry).length))).toBeLessThan(256 * 1024)
  const again = Channel.fromEntry(JSON.parse(JSON.stringify(entries[0])))
  for (const entry of entries.slice(1)) again.restoreMembers(JSON.parse(JSON.stringify(entry)).members)
  expect(again.members.size).toBe(100_000)
  expect(again.fanout).toBe('read')
  const first = again.members.page(null, 3)
  expect(first).toMatchObject({ more: true, users: expect.arrayContaining([userOf(0).padEnd(64, 'x')]) })
  again.members.delete(trusted<UserId>(first.users[1] ?? ''))
  again.members.set(trusted<UserId>('a'), { role: 'member', joined: 0, sent: 0 })
  expect(again.members.page(null, 3).users).toEqual(['a', first.users[0], first.users[2]])
})
