import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeLogRecord } from '../../../shared/fabric/wire/log-record.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { MAX_BANS, MAX_INVITES, MAX_PINS } from '../../../shared/protocol/limits.ts'
import { ROLES } from '../../../shared/protocol/rights.ts'
import type { Channel } from './channel.ts'
import { channel, type Items, Log, owner, shown, userOf } from './harness.ts'
import { refusalTo } from './state.ts'

const USERS = 9
const HOUR_MS = 3_600_000

const user = fc.integer({ min: 0, max: USERS })
const role = fc.constantFrom(...ROLES)
const messageSeq = fc.integer({ min: 1, max: 4 })
const code = fc.constantFrom('k1', 'k2', 'k3')
const text = fc.constantFrom(null, 'Tea', 'Coffee')
const settings = fc.record(
  {
    name: text,
    topic: text,
    avatar: text,
    description: text,
    public: fc.boolean(),
    archived: fc.boolean(),
    disappear_after_s: fc.constantFrom(null, 60, 3_600),
    rights: fc.record(
      {
        send: fc.constantFrom('member', 'admin'),
        react: role,
        invite: fc.constantFrom('member', 'admin', 'owner'),
        add: fc.constantFrom('member', 'owner'),
        settings: fc.constantFrom('admin', 'owner'),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

/** Each does something to the log, as somebody; what is refused changes nothing. */
const step = fc.oneof(
  fc.record({ op: fc.constant('put' as const), by: user, user, role: fc.option(role) }),
  fc.record({ op: fc.constant('join' as const), by: user, code: fc.option(code) }),
  fc.record({ op: fc.constant('delete' as const), by: user, user }),
  fc.record({ op: fc.constant('leave' as const), by: user }),
  fc.record({
    op: fc.constant('send' as const),
    by: user,
    all: fc.boolean(),
    to: fc.integer({ min: 0, max: 20 }),
  }),
  fc.record({ op: fc.constant('add' as const), by: user, users: fc.array(user, { maxLength: 6 }) }),
  fc.record({ op: fc.constant('ban' as const), by: user, user }),
  fc.record({ op: fc.constant('unban' as const), by: user, user }),
  fc.record({ op: fc.constant('transfer' as const), by: user, user }),
  fc.record({ op: fc.constant('settings' as const), by: fc.constantFrom(0, 1, 2), set: settings }),
  fc.record({
    op: fc.constant('invite' as const),
    by: user,
    code,
    hours: fc.option(fc.integer({ min: 1, max: 5 })),
    uses: fc.option(fc.integer({ min: 1, max: 2 })),
  }),
  fc.record({ op: fc.constant('revoke' as const), by: user, code }),
  fc.record({ op: fc.constant('pin' as const), by: user, seq: messageSeq, on: fc.boolean() }),
  fc.record({ op: fc.constant('unsay' as const), by: user, seq: messageSeq }),
  fc.record({ op: fc.constant('expire' as const), seq: messageSeq }),
  fc.record({ op: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 3 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function run(log: Log, given: Step): unknown {
  if (given.op === 'wait') {
    log.now += given.hours * HOUR_MS
    return undefined
  }
  if (given.op === 'expire')
    return log.expire([{ channel, seq: given.seq, from: owner, mentions: [], at: log.now }])
  const by = userOf(given.by)
  switch (given.op) {
    case 'put':
      return log.put(userOf(given.user), by, given.role)
    case 'join':
      return log.put(by, by, null, given.code ?? undefined)
    case 'delete':
      return log.remove(userOf(given.user), by)
    case 'leave':
      return log.remove(by, by)
    case 'send':
      return log.send(by, { users: [], all: given.all ? 'channel' : null }, given.to)
    case 'add':
      return log.ask(by, { op: 'add', users: given.users.map(userOf) })
    case 'ban':
    case 'unban':
    case 'transfer':
      return log.ask(by, { op: given.op, user: userOf(given.user) })
    case 'settings':
      return log.ask(by, { op: 'settings', set: given.set })
    case 'invite': {
      const expires = given.hours === null ? null : log.now + given.hours * HOUR_MS
      return log.ask(by, { op: 'invite', code: given.code, role: 'member', expires, uses: given.uses })
    }
    case 'pin':
      return log.ask(by, { op: 'pin', seq: given.seq, on: given.on }, owner)
    case 'unsay':
      return log.ask(by, { op: 'delete', seq: given.seq }, owner)
    case 'revoke':
      return log.ask(by, { op: 'revoke', code: given.code })
  }
}

const held = (known: Channel) => ({
  settings: known.settings,
  sendRank: known.sendRank,
  members: [...known.members],
  former: [...known.former],
  bans: [...known.bans],
  invites: known.invites?.toEntries() ?? null,
  pins: known.pins?.toTuples() ?? null,
  fanout: known.fanout,
  replies: known.replies.toEntry(),
  place: [known.rev, known.head, known.at],
})

/** Whether it was done rather than refused. */
function isDone(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof WeftError) return false
    throw error
  }
}

const codeOf = (act: () => unknown): string => {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof WeftError) return `${error.code}: ${error.message}`
    throw error
  }
}

test('whatever is asked, a new owner holds and tells the same bytes, from a snapshot or from the start', () => {
  let done = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80 }), fc.nat(80), (steps, cut) => {
      const log = new Log(4)
      log.create([userOf(1), userOf(2)], 'group', { name: 'Tea', public: true })
      log.put(userOf(1), owner, 'admin')
      let snapshot = { entries: log.snapshot(), items: log.items.length }
      for (const [at, given] of steps.entries()) {
        if (at === cut) snapshot = { entries: log.snapshot(), items: log.items.length }
        const before = log.snapshot()
        if (isDone(() => run(log, given))) done++
        else expect(log.snapshot()).toEqual(before)
        const { members, bans } = log.channel
        expect([...bans.keys()].filter((one) => members.has(one))).toEqual([])
      }
      for (const [entries, from] of [
        [[], 0],
        [snapshot.entries, snapshot.items],
      ] as const) {
        const again = log.replayed(entries)
        expect(shown(again.items)).toEqual(shown(log.items.slice(from)))
        const entriesOf = (state: Log['state']) => JSON.stringify(state.channels.get(channel)?.toEntries(0))
        expect(entriesOf(again.state)).toBe(entriesOf(log.state))
        const replayed = again.state.channels.get(channel)
        // By itself too: what a snapshot left out would be missing in both of those.
        expect(replayed && held(replayed)).toEqual(held(log.channel))
      }
    }),
    { numRuns: 200 },
  )
  // Most of it isn't refused away.
  expect(done).toBeGreaterThan(1_000)
})

const eventsOf = (items: Items) =>
  items.map(
    ([, { event }]): Record<string, unknown> => JSON.parse(Buffer.from(event.json ?? '{}').toString()),
  )
const told = (items: Items): UserId[] => items.flatMap(([, { recipients }]) => recipients)

test('a record that an older release wrote is read: a name, and members without more', () => {
  const log = new Log()
  log.create([userOf(1)])
  log.ask(owner, { op: 'settings', set: { topic: 'Now' } })
  log.commit(({ pack }) => {
    const change = { op: 'renamed', name: 'Coffee' } as const
    pack.add(
      encodeLogRecord({ type: 'channel', channel, rev: 3, at: log.now, by: owner, change, event: null }),
    )
  })
  const { state, items } = log.replayed()
  expect(state.channels.get(channel)?.settings).toMatchObject({ name: 'Coffee', topic: 'Now' })
  expect(eventsOf(items).at(-1)).toMatchObject({ change: 'changed', name: 'Coffee', topic: 'Now' })
  const older = { t: 'channel', id: 'c1', kind: 'group', name: 'Old', rev: 3, head: 2, at: 1 } as const
  state.restore({ ...older, members: [['u0', 'owner', 0]], former: [], asOf: 1 })
  expect(state.channels.get(channel)?.settings).toMatchObject({ name: 'Old', public: false, archived: false })
})

test('what is changed is told, what is taken back too', () => {
  const log = new Log()
  log.create([userOf(1)])
  log.items.length = 0
  log.ask(owner, { op: 'settings', set: { topic: 'Now', public: true, name: 'Tea' } })
  log.ask(owner, { op: 'settings', set: { topic: null, rights: { send: 'admin' } } })
  expect(log.ask(owner, { op: 'settings', set: { topic: null, rights: { send: 'admin' } } })).toBe(0)
  const [first, second] = [eventsOf(log.items).at(0), eventsOf(log.items).at(-1)]
  expect(first).toMatchObject({ change: 'changed', topic: 'Now', public: true, name: 'Tea' })
  expect(second).toMatchObject({ topic: null, public: true, name: 'Tea', rights: { send: 'admin' } })
  expect(told(log.items).sort()).toEqual(['u0', 'u0', 'u1', 'u1'])
  const roles = new Log()
  roles.create([userOf(1)])
  roles.items.length = 0
  roles.put(userOf(1), owner, 'reader')
  roles.ask(owner, { op: 'transfer', user: userOf(1) })
  expect(eventsOf(roles.items).map((event) => [event['user'], event['role']])).toEqual([
    ['u1', 'reader'],
    ['u1', 'reader'],
    ['u1', 'owner'],
    ['u1', 'owner'],
  ])
})

test('a public channel has a name, from its beginning on', () => {
  const log = new Log()
  expect(codeOf(() => log.create([], 'group', { public: true }))).toMatch(/^bad_frame: name/)
  expect(log.state.channels.size).toBe(0)
  log.create([], 'group', { public: true, name: 'Tea' })
  expect(codeOf(() => log.ask(owner, { op: 'settings', set: { name: null } }))).toMatch(/^bad_frame: name/)
  expect(log.ask(owner, { op: 'settings', set: { name: null, public: false } })).toBe(1)
})

test('who is banned is told, and gets in by no way until it is lifted; others hear that they were removed', () => {
  const log = new Log()
  log.create([userOf(1), userOf(2)], 'group', { public: true, name: 'Tea' })
  log.ask(userOf(1), { op: 'invite', code: 'theirs', role: 'member', expires: null, uses: null })
  log.ask(owner, { op: 'invite', code: 'good', role: 'member', expires: null, uses: null })
  log.items.length = 0
  log.ask(owner, { op: 'ban', user: userOf(1) })
  expect(told(log.items).sort()).toEqual(['u0', 'u1', 'u2'])
  expect(eventsOf(log.items)[0]).toMatchObject({ change: 'removed', user: 'u1', banned: true, members: 2 })
  const ways = [
    () => log.put(userOf(1), userOf(1)),
    () => log.put(userOf(1), userOf(1), null, 'good'),
    () => log.put(userOf(1), owner),
    () => log.ask(owner, { op: 'add', users: [userOf(3), userOf(1)] }),
    () => log.send(userOf(1)),
  ]
  for (const way of ways) expect(codeOf(way)).toMatch(/^forbidden/)
  // Their links went with them.
  expect(codeOf(() => log.put(userOf(3), userOf(3), null, 'theirs'))).toBe('not_found: no such invite')
  log.items.length = 0
  expect(log.ask(owner, { op: 'unban', user: userOf(1) })).toBe(1)
  expect(log.items).toEqual([])
  expect(log.put(userOf(1), userOf(1))).toBe(1)
})

test('one who is banned before they ever came learns of no private channel, and nobody is told', () => {
  const log = new Log()
  log.create([userOf(1)])
  log.items.length = 0
  log.ask(owner, { op: 'ban', user: userOf(5) })
  expect(log.items).toEqual([])
  expect(refusalTo(log.channel, userOf(5))).toEqual(refusalTo(undefined, userOf(5)))
  log.remove(userOf(1))
  expect(refusalTo(log.channel, userOf(1)).code).toBe('forbidden')
  log.ask(owner, { op: 'ban', user: userOf(1) })
  expect(refusalTo(log.channel, userOf(1)).message).toMatch(/banned/)
})

test('a link counts each who joins by it once, and then looks as one that never was', () => {
  const log = new Log()
  log.create([])
  const join = (n: number, by: string) => codeOf(() => log.put(userOf(n), userOf(n), null, by))
  const none = join(1, 'guess')
  expect(none).toBe('not_found: no such invite')
  const make = (made: string, expires: number | null, uses: number | null) =>
    log.ask(owner, { op: 'invite', code: made, role: 'reader', expires, uses })
  expect(make('two', null, 2)).toBe(1)
  expect(make('two', null, 2)).toBe(0)
  // Whoever is in already, or asks once more, takes no use.
  expect([join(1, 'two'), join(1, 'two'), join(2, 'two'), join(2, 'two')]).toEqual(['ok', 'ok', 'ok', 'ok'])
  expect(log.channel.members.get(userOf(1))?.role).toBe('reader')
  expect(join(3, 'two')).toBe(none)
  make('brief', log.now + 1_000, null)
  // One that is made forgets those that are over, not those that will be.
  make('other', log.now + 2_000, null)
  log.ask(owner, { op: 'revoke', code: 'other' })
  log.now += 999
  expect(join(3, 'brief')).toBe('ok')
  log.now += 1
  expect(join(4, 'brief')).toBe(none)
  make('gone', null, null)
  log.ask(owner, { op: 'revoke', code: 'gone' })
  expect(join(4, 'gone')).toBe(none)
  make('kept', null, null)
  expect(codeOf(() => log.put(userOf(4), userOf(4), 'admin', 'kept'))).toMatch(/^forbidden: role/)
  expect(log.channel.invites?.good(log.now).map((invite) => invite.code)).toEqual(['kept'])
  for (let n = 1; n < MAX_INVITES; n++) make(`more-${n}`, null, null)
  expect(codeOf(() => make('one-too-many', null, null))).toMatch(/^too_large/)
})

test('bans are bounded: beyond, none is made, and none is forgotten; all fit the pages of a snapshot', () => {
  const log = new Log()
  log.create([])
  for (let n = 0; n < MAX_BANS; n++)
    log.channel.bans.set(`${n}`.padStart(64, 'x') as UserId, { by: owner, at: log.now, wasMember: true })
  expect(codeOf(() => log.ask(owner, { op: 'ban', user: userOf(1) }))).toMatch(/^too_large/)
  for (let n = 1; n < MAX_INVITES; n++) {
    const long = `${n}`.padStart(64, 'x')
    log.ask(owner, { op: 'invite', code: long, role: 'member', expires: log.now * 2, uses: 1_000_000 })
  }
  for (let n = 1; n <= MAX_PINS; n++) {
    log.send(owner)
    log.ask(owner, { op: 'pin', seq: n, on: true }, owner)
  }
  for (let n = 0; n < 1_000; n++) {
    const long = `${n}`.padStart(64, 'm') as UserId
    log.channel.members.set(long, { role: 'member', joined: 1_000_000_000, sent: 1_000_000_000 })
    log.channel.former.add(`${n}`.padStart(64, 'f') as UserId)
  }
  log.channel.membersChanged()
  const settings = { description: 'é'.repeat(1_000), avatar: 'x'.repeat(2_048), topic: 'é'.repeat(250) }
  log.channel.set(settings)
  const entries = log.snapshot()
  expect(Math.max(...entries.map((entry) => Buffer.byteLength(entry)))).toBeLessThan(256 * 1024)
  log.packs.length = 0
  const { state } = log.replayed(entries)
  expect(state.channels.get(channel)?.bans.size).toBe(MAX_BANS)
  expect(
    state.channels
      .get(channel)
      ?.bans.page(null, 2)
      .bans.map(([one]) => one),
  ).toEqual(['1000', '1001'].map((n) => n.padStart(64, 'x')))
})
