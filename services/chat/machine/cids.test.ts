import { expect, test } from 'vitest'
import { SnapshotPart } from '../../../shared/fabric/partition-log/snapshots.ts'
import { type ChannelId, type Cid, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { type CidEntry, Cids, uuid7Time } from './cids.ts'

const channel = trusted<ChannelId>('c')
const user = trusted<UserId>('u')
const MINUTE_MS = 60_000
const NOW = 1_790_000_000_000

const uuid7 = (ms: number, rest = 0): Cid => {
  const time = ms.toString(16).padStart(12, '0')
  return trusted<Cid>(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest.toString(16).padStart(12, '0')}`)
}

/** As they come out of a snapshot. */
const entriesOf = (cids: Cids): CidEntry[] =>
  [...cids.toEntries()].map((entry) =>
    JSON.parse(JSON.stringify(entry instanceof SnapshotPart ? entry.entry : entry)),
  )

test('a UUIDv7 tells its time, other ids tell none', () => {
  expect(uuid7Time(uuid7(NOW))).toBe(NOW)
  expect(uuid7Time('0190a1b2-c3d4-4aaa-8000-000000000000')).toBeNull()
  expect(uuid7Time('0190A1B2-C3D4-7AAA-B000-00000000000F')).toBe(0x0190a1b2c3d4)
  expect(uuid7Time('0190a1b2-c3d4-7aaa-c000-000000000000')).toBeNull()
  expect(uuid7Time('0190a1b2-c3d4-7aaa-8000-00000000000g')).toBeNull()
  expect(uuid7Time('0190a1b2xc3d4-7aaa-8000-000000000000')).toBeNull()
  expect(uuid7Time('hello')).toBeNull()
})

test('a repeated cid gets the first answer, a new one is fresh without asking anyone', () => {
  const cids = new Cids()
  for (const cid of [uuid7(NOW), trusted<Cid>('my-own-id')]) {
    expect(cids.status(channel, user, cid, NOW)).toBe('fresh')
    cids.add(channel, user, cid, { seq: 7, at: NOW }, 1)
    expect(cids.status(channel, user, cid, NOW + 1)).toMatchObject({ seq: 7, at: NOW })
    expect(cids.status(trusted<ChannelId>('other'), user, cid, NOW)).toBe('fresh')
  }
})

test('what is recalled is answered exactly after a restart, and no store is asked', () => {
  const cids = new Cids()
  const cid = uuid7(NOW)
  cids.add(channel, user, cid, { seq: 7, at: NOW }, 1)
  const heir = new Cids()
  for (const entry of entriesOf(cids)) heir.restore(entry)
  expect(heir.status(channel, user, cid, NOW)).toBe('ask')
  heir.recall(channel, user, cid, { seq: 7, at: NOW }, 1)
  expect(heir.status(channel, user, cid, NOW)).toMatchObject({ seq: 7, at: NOW })
})

test('one cid of two senders, and in two channels, is two cids', () => {
  const cids = new Cids()
  const cid = uuid7(NOW)
  const places = [
    [channel, user],
    [channel, trusted<UserId>('v')],
    [trusted<ChannelId>('d'), user],
  ] as const
  for (const [index, [at, by]] of places.entries()) {
    expect(cids.status(at, by, cid, NOW)).toBe('fresh')
    expect(cids.recent(at, by, cid)).toBeUndefined()
    cids.add(at, by, cid, { seq: index + 1, at: NOW }, 1)
  }
  for (const [index, [at, by]] of places.entries())
    expect(cids.recent(at, by, cid)).toMatchObject({ seq: index + 1 })
})

test('what fell out of memory is never taken for fresh, restarts included', () => {
  let cids = new Cids()
  const sent: Cid[] = []
  for (let i = 0; i < 120_000; i++) {
    const cid = i % 2 === 0 ? uuid7(NOW + i, i) : trusted<Cid>(`own-${i}`)
    sent.push(cid)
    cids.add(channel, user, cid, { seq: i + 1, at: NOW + i }, i)
    cids.confirm(i)
  }
  const check = () => {
    for (const [i, cid] of sent.entries()) {
      const status = cids.status(channel, user, cid, NOW + 130_000)
      if (status === 'fresh') expect.unreachable(`${cid} was sent`)
      if (typeof status === 'object') expect(status.seq).toBe(i + 1)
    }
  }
  check()
  const entries = entriesOf(cids)
  cids = new Cids()
  for (const entry of entries) cids.restore(entry)
  check()
  const asked = Array.from({ length: 2_000 }, (_, i) =>
    cids.status(channel, user, trusted<Cid>(`new-${i}`), NOW),
  ).filter((status) => status === 'ask')
  expect(asked.length).toBeLessThan(100)
})

test('a client whose clock is far off is still recognised a day later', () => {
  const cids = new Cids()
  const ahead = uuid7(NOW + 24 * 60 * MINUTE_MS)
  const behind = uuid7(NOW - 24 * 60 * MINUTE_MS)
  for (const cid of [ahead, behind]) cids.add(channel, user, cid, { seq: 1, at: NOW }, 1)
  const later = new Cids()
  for (const entry of entriesOf(cids)) later.restore(entry)
  for (const cid of [ahead, behind])
    expect(later.status(channel, user, cid, NOW + 24 * 60 * MINUTE_MS)).toBe('ask')
})
