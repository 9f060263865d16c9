import { expect, test } from 'vitest'
import {
  type Digest,
  decodePresenceUpdate,
  hashOfUser,
  hashOfWatch,
  PRESENCE,
  type PresenceRank,
  type PresenceReport,
  type PresenceUpdate,
} from '../../../shared/fabric/wire/presence.ts'
import { type EdgeId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { presenceConfig } from '../config.ts'
import { People } from './people.ts'

const user = (id: string) => trusted<UserId>(id)
const [ann, bob] = [user('ann'), user('bob')]
const edge = (id: string) => trusted<EdgeId>(id)
const config = presenceConfig({})
const WALL = 1_700_000_000_000

/** An owner whose clock the test moves; what edges are told, by edge. */
function owner({ stored = {} }: { stored?: Record<string, number> } = {}) {
  const state = { now: 0, valid: true }
  const sent: (PresenceUpdate & { edge: EdgeId })[] = []
  const noted: (readonly [UserId, number])[] = []
  const people = new People({
    partition: 3,
    term: 7,
    config,
    lastSeen: {
      note: (who, at) => noted.push([who, at]),
      waitingOf: () => undefined,
      load: (users) => Promise.resolve(new Map(users.map((one) => [one, stored[one] ?? 0]))),
    },
    valid: () => state.valid,
    toEdge: (to, bytes) => sent.push({ edge: to, ...decodePresenceUpdate(bytes) }),
    now: () => state.now,
    wallNow: () => WALL + state.now,
  })
  const report = (from: string, over: Partial<PresenceReport> = {}) =>
    people.take({
      edge: edge(from),
      incarnation: 1,
      anew: false,
      users: [],
      watch: [],
      unwatch: [],
      digest: null,
      ...over,
    })
  const after = (ms: number) => {
    state.now += ms
    people.tick()
  }
  return { people, state, sent, noted, report, after }
}
const said = (who: UserId, rank: PresenceRank, text = '') => ({ user: who, rank, text })
const digestOf = (hashes: readonly number[]): Digest => ({
  count: hashes.length,
  hash: hashes.reduce((all, hash) => (all ^ hash) >>> 0, 0),
})
const told = (sent: readonly PresenceUpdate[], who: UserId) =>
  sent.flatMap(({ states }) => states.filter((one) => one.user === who).map(({ rank }) => rank))
/** What an edge says once a second. */
const beating = (bench: ReturnType<typeof owner>, edges: readonly string[], ms: number) => {
  for (let passed = 0; passed < ms; passed += config.beatMs) {
    bench.state.now += config.beatMs
    for (const one of edges) bench.report(one)
    bench.people.beat()
    bench.people.tick()
  }
}

test('only edges that watch are told, once a tick, and of the most present of several edges', () => {
  const { report, after, sent } = owner()
  report('w', { watch: [ann] })
  report('x', { watch: [bob] })
  report('a', { users: [said(ann, PRESENCE.away), said(ann, PRESENCE.online)] })
  report('b', { users: [said(ann, PRESENCE.busy, 'not now')] })
  expect(sent).toEqual([])
  after(config.warmUpMs)
  expect(sent).toMatchObject([
    {
      edge: 'w',
      partition: 3,
      term: 7,
      number: 1,
      states: [{ user: 'ann', rank: PRESENCE.busy, text: 'not now' }],
    },
  ])
  report('b', { users: [said(ann, PRESENCE.offline)] })
  after(config.tickMs)
  expect(told(sent, ann)).toEqual([PRESENCE.busy, PRESENCE.online])
  after(config.tickMs)
  expect(sent).toHaveLength(2)
})

test('one who is back within the grace was never away; one who is not was there until they went', () => {
  const { report, after, sent, noted } = owner()
  report('w', { watch: [ann] })
  report('a', { users: [said(ann, PRESENCE.online)] })
  after(config.warmUpMs)
  report('a', { users: [said(ann, PRESENCE.offline)] })
  after(config.graceMs / 2)
  report('b', { users: [said(ann, PRESENCE.online)] })
  after(config.graceMs)
  expect(told(sent, ann)).toEqual([PRESENCE.online])
  report('b', { users: [said(ann, PRESENCE.offline)] })
  const wentAt = WALL + config.warmUpMs + config.graceMs * 1.5
  after(config.graceMs)
  expect(sent.at(-1)?.states).toEqual([{ user: ann, rank: PRESENCE.offline, at: wentAt, text: '' }])
  expect(noted.at(-1)).toEqual([ann, wentAt])
})

test('an invisible user looks like one who went when they became so, and leaves no later trace', () => {
  const { report, after, sent, noted } = owner()
  report('w', { watch: [ann] })
  report('a', { users: [said(ann, PRESENCE.online)] })
  after(config.warmUpMs)
  report('a', { users: [said(ann, PRESENCE.invisible, 'a secret')] })
  after(config.tickMs)
  const shown = sent.at(-1)?.states
  expect(shown).toMatchObject([{ rank: PRESENCE.offline, text: '' }])
  const before = noted.length
  report('a', { users: [said(ann, PRESENCE.offline)] })
  after(60_000)
  report('w', { watch: [ann] })
  after(config.tickMs)
  expect(sent.at(-1)?.states).toEqual(shown)
  expect(noted).toHaveLength(before)
})

test('when one was last there comes from the store', async () => {
  const { report, after, sent } = owner({ stored: { ann: 1_234 } })
  report('w', { watch: [ann, bob] })
  after(config.warmUpMs)
  await Promise.resolve()
  await expect
    .poll(() => {
      after(config.tickMs)
      return sent.flatMap(({ states }) => states)
    })
    .toEqual([
      { user: ann, rank: PRESENCE.offline, at: 1_234, text: '' },
      { user: bob, rank: PRESENCE.offline, at: 0, text: '' },
    ])
})

test('an edge that falls silent has no sessions; one whose owner slept has', () => {
  const bench = owner()
  const { report, after, sent, people, state } = bench
  report('w', { watch: [ann, bob] })
  report('a', { users: [said(ann, PRESENCE.online)] })
  report('b', { users: [said(bob, PRESENCE.online)] })
  after(config.warmUpMs)
  beating(bench, ['w', 'b'], config.edgeSilenceMs + 2 * config.beatMs)
  expect(told(sent, ann)).toEqual([PRESENCE.online, PRESENCE.offline])
  state.now += 60_000
  people.beat()
  after(config.tickMs)
  expect(told(sent, bob)).toEqual([PRESENCE.online])
})

test('a digest that does not fit is answered by asking for everything; what is not told again is over', () => {
  const bench = owner()
  const { report, after, sent, people } = bench
  report('w', { watch: [ann, bob] })
  report('a', { users: [said(ann, PRESENCE.online), said(bob, PRESENCE.online)] })
  after(config.warmUpMs)
  const onlyBob = {
    users: digestOf([hashOfUser(bob, PRESENCE.online, '')]),
    watches: digestOf([hashOfWatch(ann)]),
  }
  report('a', { digest: onlyBob })
  people.beat()
  expect(sent.find(({ tellAll }) => tellAll)).toMatchObject({ edge: 'a', beat: true })
  report('a', { anew: true, users: [said(bob, PRESENCE.online)], watch: [ann] })
  const toWatcher = () => sent.filter((update) => update.edge === 'w')
  after(config.graceMs)
  expect(told(toWatcher(), ann)).toEqual([PRESENCE.online])
  report('a', { digest: onlyBob })
  after(config.graceMs)
  expect(told(toWatcher(), ann)).toEqual([PRESENCE.online, PRESENCE.offline])
  expect(told(toWatcher(), bob)).toEqual([PRESENCE.online])
  sent.length = 0
  people.beat()
  expect(sent.some(({ tellAll }) => tellAll)).toBe(false)
})

test('a stale owner is silent, and a newer incarnation of an edge ends the sessions of the one before', () => {
  const { report, after, sent, state, people } = owner()
  report('w', { watch: [ann] })
  report('a', { users: [said(ann, PRESENCE.online)] })
  state.valid = false
  after(config.warmUpMs)
  people.beat()
  expect(sent).toEqual([])
  state.valid = true
  after(config.tickMs)
  report('a', { incarnation: 2 })
  report('a', { incarnation: 1, users: [said(ann, PRESENCE.busy)] })
  after(config.graceMs)
  expect(told(sent, ann)).toEqual([PRESENCE.online, PRESENCE.offline])
})

test('who may see one has changed: the edges that watch them are told', () => {
  const { report, after, sent, people } = owner()
  report('w', { watch: [ann] })
  report('x', { watch: [bob] })
  after(config.warmUpMs)
  sent.length = 0
  people.rulesChanged([ann])
  after(config.tickMs)
  expect(sent).toMatchObject([{ edge: 'w', rules: ['ann'] }])
})

test('what nobody watches and nobody is leaves nothing behind', () => {
  const { report, after, people } = owner()
  report('w', { watch: [ann, bob] })
  report('a', { users: [said(ann, PRESENCE.online)] })
  after(config.warmUpMs)
  expect(people.stats()).toMatchObject({ users: 1, watches: 2, edges: 2 })
  report('w', { unwatch: [ann, bob] })
  report('a', { users: [said(ann, PRESENCE.offline)] })
  after(config.graceMs)
  expect(people.stats()).toMatchObject({ users: 0, watches: 0, known: 0 })
})

test('a new profile is told once, to the edges that watch its user', () => {
  const { people, sent, report, after } = owner()
  report('e1', { users: [said(ann, PRESENCE.online)] })
  report('e2', { watch: [ann] })
  after(config.warmUpMs)
  sent.length = 0
  const profile = { id: ann, name: 'ann', display_name: 'Ann', avatar: null }
  for (const display_name of ['An', 'Ann']) people.profileChanged({ ...profile, display_name })
  people.profileChanged({ ...profile, id: bob })
  after(1)
  after(1)
  const profiles = sent.flatMap((update) => update.profiles.map((one) => [update.edge, one]))
  expect(profiles).toEqual([['e2', profile]])
})
