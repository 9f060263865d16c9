import { expect, test } from 'vitest'
import {
  decodePresenceReport,
  decodePresenceUpdate,
  encodePresenceUpdate,
  PRESENCE,
  type PresenceUpdate,
} from '../../../shared/fabric/wire/presence.ts'
import { type EdgeId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { Lane } from './lane.ts'

const user = (id: string) => trusted<UserId>(id)
const [ann, bob, cat] = [user('ann'), user('bob'), user('cat')]
const online = { rank: PRESENCE.online, text: '' }
const gone = { rank: PRESENCE.offline, text: '' }
const made = () => new Lane({ edge: trusted<EdgeId>('e'), incarnation: 5 })
const taken = (lane: Lane, withDigest = false) => lane.take(withDigest).map(decodePresenceReport)

test('first everything, then what changed', () => {
  const lane = made()
  lane.user(ann, online)
  lane.watch(bob)
  expect(taken(lane)).toMatchObject([
    { edge: 'e', incarnation: 5, anew: true, users: [{ user: ann, ...online }], watch: [bob] },
  ])
  expect(taken(lane)).toEqual([])
  lane.user(ann, { rank: PRESENCE.busy, text: 'not now' })
  lane.user(ann, online)
  lane.user(cat, online)
  lane.unwatch(bob)
  expect(taken(lane)).toMatchObject([
    {
      anew: false,
      users: [
        { user: ann, ...online },
        { user: cat, ...online },
      ],
      watch: [],
      unwatch: [bob],
      digest: null,
    },
  ])
})

test('the digest is of all that was told, however it came to be', () => {
  const [direct, roundabout] = [made(), made()]
  direct.user(ann, online)
  direct.watch(cat)
  roundabout.user(bob, online)
  roundabout.watch(ann)
  roundabout.watch(cat)
  roundabout.user(ann, { rank: PRESENCE.away, text: 'x' })
  roundabout.take(true)
  roundabout.user(ann, online)
  roundabout.user(bob, gone)
  roundabout.unwatch(ann)
  const digestOf = (lane: Lane) => taken(lane, true).at(-1)?.digest
  expect(digestOf(roundabout)).toEqual(digestOf(direct))
  expect(digestOf(direct)).toMatchObject({ users: { count: 1 }, watches: { count: 1 } })
  direct.user(ann, { rank: PRESENCE.online, text: 'y' })
  expect(digestOf(direct)).not.toEqual(digestOf(roundabout))
})

test('everything comes in pages, the first begins anew and the last has the digest', () => {
  const lane = made()
  for (let i = 0; i < 20_000; i++) lane.user(user(`user-${i}`), online)
  const reports = taken(lane)
  expect(reports.length).toBeGreaterThan(1)
  expect(reports.map(({ anew }) => anew)).toEqual(reports.map((_, i) => i === 0))
  expect(reports.map(({ digest }) => digest !== null)).toEqual(
    reports.map((_, i) => i === reports.length - 1),
  )
  expect(reports.flatMap(({ users }) => users)).toHaveLength(20_000)
  lane.tellAll()
  lane.user(user('user-0'), gone)
  expect(taken(lane).flatMap(({ users }) => users)).toHaveLength(19_999)
})

test('an update reads as it was written', () => {
  const update: PresenceUpdate = {
    partition: 3,
    term: 1_700_000_000_000,
    incarnation: 1_700_000_000_001,
    number: 9,
    beat: false,
    tellAll: true,
    states: [{ user: ann, rank: PRESENCE.busy, at: 1_700_000_000_002, text: 'über "x"' }],
    rules: [bob],
    profiles: [{ id: ann, name: 'ann', display_name: 'Ann "A"', avatar: null }],
  }
  expect(decodePresenceUpdate(encodePresenceUpdate(update))).toEqual(update)
  // Without profiles it is what an edge of before reads too.
  const plain = { ...update, profiles: [] }
  expect(encodePresenceUpdate(plain)[0]).toBe(1)
  expect(decodePresenceUpdate(encodePresenceUpdate(plain))).toEqual(plain)
})
