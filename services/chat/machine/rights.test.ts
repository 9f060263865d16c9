import { expect, test } from 'vitest'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { type Right, type Rights, ROLES, type Role } from '../../../shared/protocol/rights.ts'
import { Log, owner, userOf } from './harness.ts'
import { may } from './roles.ts'

const BY_ROLE: { readonly [R in Role]: UserId } = {
  reader: userOf(1),
  member: userOf(2),
  admin: userOf(3),
  owner: userOf(4),
}
/** A plain member that things are done to, one who was banned, and one who is nothing yet. */
const [target, banned, fresh] = [userOf(5), userOf(6), userOf(7)]

function stage(kind: 'group' | 'broadcast', rights?: Partial<Rights>): Log {
  const log = new Log()
  log.create([...Object.values(BY_ROLE), target, banned], kind)
  for (const role of ROLES) if (role !== 'member') log.put(BY_ROLE[role], owner, role)
  log.ask(owner, { op: 'ban', user: banned })
  log.ask(owner, { op: 'invite', code: 'known', role: 'member', expires: null, uses: null })
  log.send(owner)
  if (rights !== undefined) log.ask(owner, { op: 'settings', set: { rights } })
  return log
}

/** What was refused, by its code; `ok` if it was not. */
function outcome(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof WeftError) return error.code
    throw error
  }
}

const OPERATIONS: { readonly [name: string]: (log: Log, by: UserId) => unknown } = {
  send: (log, by) => log.send(by),
  'mention all': (log, by) => log.send(by, { users: [], all: 'channel' }),
  react: (log, by) => log.ask(by, { op: 'react', seq: 1, emoji: '👍', on: true }, owner),
  pin: (log, by) => log.ask(by, { op: 'pin', seq: 1, on: true }, owner),
  'delete another’s': (log, by) => log.ask(by, { op: 'delete', seq: 1 }, owner),
  add: (log, by) => log.put(fresh, by),
  'add many': (log, by) => log.ask(by, { op: 'add', users: [fresh] }),
  'give a role': (log, by) => log.put(target, by, 'admin'),
  'make an owner': (log, by) => log.put(target, by, 'owner'),
  remove: (log, by) => log.remove(target, by),
  'remove an owner': (log, by) => log.remove(owner, by),
  ban: (log, by) => log.ask(by, { op: 'ban', user: target }),
  'ban an owner': (log, by) => log.ask(by, { op: 'ban', user: owner }),
  unban: (log, by) => log.ask(by, { op: 'unban', user: banned }),
  'add who is banned': (log, by) => log.put(banned, by),
  invite: (log, by) => log.ask(by, { op: 'invite', code: 'new', role: 'member', expires: null, uses: null }),
  'invite admins': (log, by) =>
    log.ask(by, { op: 'invite', code: 'new', role: 'admin', expires: null, uses: null }),
  revoke: (log, by) => log.ask(by, { op: 'revoke', code: 'known' }),
  name: (log, by) => log.ask(by, { op: 'settings', set: { name: 'Tea', topic: 'Now' } }),
  'name, as it was asked before': (log, by) => log.ask(by, { op: 'rename', name: 'Tea' }),
  rights: (log, by) => log.ask(by, { op: 'settings', set: { rights: { send: 'admin' } } }),
  'rights above an admin': (log, by) => log.ask(by, { op: 'settings', set: { rights: { pin: 'owner' } } }),
  archive: (log, by) => log.ask(by, { op: 'settings', set: { archived: true } }),
  transfer: (log, by) => log.ask(by, { op: 'transfer', user: target }),
  leave: (log, by) => log.remove(by, by),
}

/** Of each operation the least role that may; null = nobody. */
const LEAST: { readonly [name: string]: readonly [group: Role | null, broadcast: Role | null] } = {
  send: ['member', 'admin'],
  'mention all': ['member', 'admin'],
  react: ['reader', 'reader'],
  pin: ['member', 'admin'],
  'delete another’s': ['admin', 'admin'],
  add: ['member', 'member'],
  'add many': ['member', 'member'],
  'give a role': ['admin', 'admin'],
  'make an owner': ['owner', 'owner'],
  remove: ['admin', 'admin'],
  'remove an owner': ['owner', 'owner'],
  ban: ['admin', 'admin'],
  'ban an owner': ['owner', 'owner'],
  unban: ['admin', 'admin'],
  'add who is banned': [null, null],
  invite: ['member', 'admin'],
  'invite admins': [null, null],
  revoke: ['member', 'admin'],
  name: ['admin', 'admin'],
  'name, as it was asked before': ['admin', 'admin'],
  rights: ['admin', 'admin'],
  'rights above an admin': ['owner', 'owner'],
  archive: ['admin', 'admin'],
  transfer: ['owner', 'owner'],
  leave: ['reader', 'reader'],
}

const isAtLeast = (role: Role, least: Role | null) =>
  least !== null && ROLES.indexOf(role) >= ROLES.indexOf(least)

test.each(Object.keys(OPERATIONS))('%s: by role, in a group and in a broadcast channel', (name) => {
  const act = OPERATIONS[name]
  const least = LEAST[name]
  if (act === undefined || least === undefined) throw new Error(`${name} is in one table alone`)
  for (const [at, kind] of (['group', 'broadcast'] as const).entries())
    for (const role of ROLES) {
      const log = stage(kind)
      const before = log.snapshot()
      const told = outcome(() => act(log, BY_ROLE[role]))
      expect([kind, role, told]).toEqual([
        kind,
        role,
        isAtLeast(role, least[at] ?? null) ? 'ok' : 'forbidden',
      ])
      // A refusal changes nothing.
      if (told !== 'ok') expect(log.snapshot()).toEqual(before)
    }
})

/** The operations that each right decides on. */
const BY_RIGHT: Partial<Record<Right, readonly string[]>> = {
  send: ['send'],
  react: ['react'],
  invite: ['invite', 'revoke'],
  add: ['add', 'add many'],
  remove: ['remove'],
  settings: ['name', 'archive'],
  pin: ['pin'],
  mention_all: ['mention all'],
  moderate: ['ban', 'unban', 'delete another’s'],
}

test('a channel’s own rights decide instead', () => {
  for (const [right, names] of Object.entries(BY_RIGHT))
    for (const name of names)
      for (const role of ROLES) {
        const told = outcome(() => OPERATIONS[name]?.(stage('group', { [right]: 'owner' }), BY_ROLE[role]))
        expect([right, name, role, told]).toEqual([right, name, role, role === 'owner' ? 'ok' : 'forbidden'])
      }
  const loud = stage('broadcast', { send: 'member' })
  expect(outcome(() => loud.send(BY_ROLE.member))).toBe('ok')
  expect(outcome(() => loud.send(BY_ROLE.reader))).toBe('forbidden')
  expect(may(stage('group', { pin: 'admin' }).channel, BY_ROLE.member, 'pin')).toBe(false)
})

test('what an owner keeps, an admin can’t take back', () => {
  const log = stage('group', { send: 'owner' })
  const lower = () => log.ask(BY_ROLE.admin, { op: 'settings', set: { rights: { send: 'member' } } })
  expect(outcome(lower)).toBe('forbidden')
  expect(outcome(() => log.ask(owner, { op: 'settings', set: { rights: { send: 'admin' } } }))).toBe('ok')
  expect(outcome(lower)).toBe('ok')
})

test('in an archived channel everything that writes is a conflict; one leaves, and it is brought back', () => {
  const goesOn = new Set([
    'remove',
    'remove an owner',
    'ban',
    'ban an owner',
    'unban',
    'revoke',
    'transfer',
    'leave',
    'delete another’s',
    // Nothing changes.
    'archive',
  ])
  // Refused for another reason before.
  const refused = new Set(['add who is banned'])
  for (const [name, act] of Object.entries(OPERATIONS)) {
    const log = stage('group')
    log.ask(owner, { op: 'settings', set: { archived: true } })
    const wanted = goesOn.has(name) ? 'ok' : 'conflict'
    const told = outcome(() => act(log, BY_ROLE.owner))
    expect([name, told]).toEqual([
      name,
      refused.has(name) ? expect.stringMatching(/conflict|forbidden/) : wanted,
    ])
  }
  const log = stage('group')
  log.send(BY_ROLE.member)
  log.ask(owner, { op: 'pin', seq: 1, on: true }, owner)
  log.ask(owner, { op: 'settings', set: { archived: true, public: true, name: 'Tea' } })
  // What one wrote can be taken back, and what is pinned too.
  expect(
    outcome(() => log.ask(BY_ROLE.member, { op: 'delete', seq: log.channel.head }, BY_ROLE.member)),
  ).toBe('ok')
  expect(outcome(() => log.ask(owner, { op: 'pin', seq: 1, on: false }, owner))).toBe('ok')
  expect(log.channel.pins?.has(1) ?? false).toBe(false)
  expect(outcome(() => log.put(fresh, fresh))).toBe('conflict')
  expect(outcome(() => log.put(fresh, fresh, null, 'known'))).toBe('conflict')
  log.ask(owner, { op: 'settings', set: { archived: false } })
  expect(outcome(() => log.put(fresh, fresh))).toBe('ok')
  expect(outcome(() => log.send(fresh))).toBe('ok')
})

test('a direct channel has none of it', () => {
  const fits = new Set(['send', 'mention all', 'react', 'pin'])
  for (const [name, act] of Object.entries(OPERATIONS)) {
    const log = new Log()
    log.create([target], 'direct')
    log.send(owner)
    const told = outcome(() => act(log, name === 'add who is banned' ? target : owner))
    if (name === 'delete another’s') expect(told).toBe('ok')
    else expect([name, told]).toEqual([name, fits.has(name) ? 'ok' : 'forbidden'])
  }
  const log = new Log()
  log.create([target], 'direct')
  log.send(owner)
  expect(outcome(() => log.ask(target, { op: 'delete', seq: 1 }, owner))).toBe('forbidden')
})

test('a channel is never without an owner', () => {
  const log = new Log()
  log.create([userOf(1), userOf(2), userOf(3)])
  log.put(userOf(1), owner, 'reader')
  expect(outcome(() => log.put(owner, owner, 'member'))).toBe('conflict')
  log.ask(owner, { op: 'transfer', user: userOf(3) })
  const roles = () => [...log.channel.members].map(([user, { role }]) => [user, role])
  expect(roles()).toEqual([
    ['u0', 'admin'],
    ['u1', 'reader'],
    ['u2', 'member'],
    ['u3', 'owner'],
  ])
  log.remove(userOf(3), userOf(3))
  expect(log.channel.members.get(owner)?.role).toBe('owner')
  // The longest-standing who is more than a reader.
  log.remove(owner, owner)
  expect(roles()).toEqual([
    ['u1', 'reader'],
    ['u2', 'owner'],
  ])
  log.ask(userOf(2), { op: 'settings', set: { public: true, name: 'Tea' } })
  for (const last of [userOf(1), userOf(2)]) log.remove(last, last)
  expect(roles()).toEqual([])
  for (const [user, role] of [
    [userOf(4), 'member'],
    [userOf(5), null],
  ] as const)
    log.put(user, user, role)
  expect(roles()).toEqual([
    ['u4', 'owner'],
    ['u5', 'member'],
  ])
})
