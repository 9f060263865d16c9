import { afterEach, expect, test, vi } from 'vitest'
import { PRESENCE, type PresenceRank } from '../../../shared/fabric/wire/presence.ts'
import { createLog } from '../../../shared/log/log.ts'
import { unavailable } from '../../../shared/protocol/errors.ts'
import { type SessionId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import type { Status } from '../../../shared/protocol/settings.ts'
import { edgeConfig } from '../config.ts'
import { Outgoing } from '../session/outgoing.ts'
import { Session } from '../session/session.ts'
import { Watches } from './watches.ts'

const user = (id: string) => trusted<UserId>(id)
const [ann, bob, cat] = [user('ann'), user('bob'), user('cat')]
const config = { ...edgeConfig({}), watchesPerSession: 10, watchesPerEdge: 15 }

/** Watches whose audience and owner are the test's. */
function bench() {
  const blocked = new Set<string>()
  const says = new Map<UserId, Status>()
  const interest: string[] = []
  const asked: string[] = []
  let isAway = false
  const outgoing = new Outgoing(1e6)
  const watches = new Watches({
    config,
    reports: { watch: (one) => interest.push(`+${one}`), unwatch: (one) => interest.push(`-${one}`) },
    ask: (questions) => {
      if (isAway) return Promise.reject(unavailable('not now'))
      asked.push(...questions.map((question) => question.user))
      const judged = questions.map(({ user: of, viewers }) => {
        const may = viewers.filter((viewer) => !blocked.has(`${viewer} ${of}`))
        const sights = new Map(may.map((viewer) => [viewer, 'all'] as const))
        return [of, { viewers: sights, status: says.get(of) ?? null }] as const
      })
      return Promise.resolve(new Map(judged))
    },
    partitionOf: () => 0,
    log: createLog('test', 'silent'),
  })
  const session = (id: string) => {
    const heard: string[] = []
    const socket = {
      send: (data: string | Uint8Array) => void heard.push(String(data)),
      buffered: () => 0,
      cork: (run: () => void) => run(),
      end: () => {},
    }
    const made = new Session({
      transport: 'websocket',
      id: trusted<SessionId>(id),
      socket,
      outgoing,
      sendBucket: null,
    })
    const events = () => {
      outgoing.flushOne(made)
      return heard.map((text) => (JSON.parse(text) as { event: { status: string; text?: string } }).event)
    }
    const statuses = () => events().map(({ status }) => status)
    return { session: made, statuses, events }
  }
  const tell = (who: UserId, rank: PresenceRank, at = 5) => watches.told({ user: who, rank, at, text: '' })
  return { watches, blocked, says, interest, asked, session, tell, away: (is: boolean) => (isAway = is) }
}
afterEach(() => void vi.useRealTimers())

test('one interest a user however many watch, given up with the last', async () => {
  const { watches, interest, session, tell } = bench()
  const [one, two] = [session('1'), session('2')]
  const first = watches.watch(one.session, bob, [ann, ann])
  tell(ann, PRESENCE.away)
  expect(await first).toEqual([{ user: ann, status: 'away', last_seen: expect.any(String) }])
  expect(await watches.watch(two.session, cat, [ann])).toHaveLength(1)
  tell(ann, PRESENCE.busy)
  tell(ann, PRESENCE.busy)
  expect([one.statuses(), two.statuses()]).toEqual([['busy'], ['busy']])
  watches.unwatch(one.session, bob, [ann])
  tell(ann, PRESENCE.online)
  expect([one.statuses(), two.statuses()]).toEqual([['busy'], ['busy', 'online']])
  expect(interest).toEqual(['+ann'])
  watches.unwatch(two.session, cat, [ann])
  expect(interest).toEqual(['+ann', '-ann'])
})

test('who may not see somebody sees what everyone sees of one who was never there', async () => {
  const { watches, blocked, session, tell } = bench()
  const viewer = session('1')
  blocked.add('bob ann')
  const watching = watches.watch(viewer.session, bob, [ann])
  tell(ann, PRESENCE.online)
  expect(await watching).toEqual([{ user: ann, status: 'offline', last_seen: null }])
  tell(ann, PRESENCE.busy)
  expect(viewer.statuses()).toEqual([])
})

test('a change of who may see one counts from the moment that it is known, and fails closed', async () => {
  const { watches, blocked, session, tell, away } = bench()
  const viewer = session('1')
  const watching = watches.watch(viewer.session, bob, [ann])
  tell(ann, PRESENCE.online)
  await watching
  away(true)
  blocked.add('bob ann')
  watches.rulesChanged(ann)
  tell(ann, PRESENCE.busy)
  expect(viewer.statuses()).toEqual([])
  away(false)
  const settled = (statuses: string[]) =>
    expect
      .poll(() => {
        watches.look()
        return viewer.statuses()
      })
      .toEqual(statuses)
  await settled(['offline'])
  tell(ann, PRESENCE.away)
  blocked.clear()
  watches.rulesChanged(ann)
  await settled(['offline', 'away'])
})

test('at a new owner it is asked again, and who may still see one is told nothing', async () => {
  const { watches, asked, session, tell } = bench()
  const viewer = session('1')
  const watching = watches.watch(viewer.session, bob, [ann])
  tell(ann, PRESENCE.online)
  await watching
  watches.doubtPartition(0)
  watches.look()
  await expect.poll(() => asked).toEqual(['ann', 'ann'])
  expect(viewer.statuses()).toEqual([])
})

test('beyond what a session, or the edge, may watch there is an error, and nothing is left of it', async () => {
  const { watches, interest, session, tell } = bench()
  const many = (name: string, count: number) => Array.from({ length: count }, (_, i) => user(`${name}${i}`))
  const one = session('1')
  await expect(watches.watch(one.session, bob, many('p', 11))).rejects.toMatchObject({ code: 'too_large' })
  const watching = watches.watch(one.session, bob, many('p', 8))
  await expect(watches.watch(one.session, bob, many('q', 3))).rejects.toMatchObject({ code: 'too_large' })
  await expect(watches.watch(session('2').session, cat, many('r', 9))).rejects.toMatchObject({
    code: 'unavailable',
  })
  for (const who of many('p', 8)) tell(who, PRESENCE.online)
  expect(await watching).toHaveLength(8)
  expect(interest).toHaveLength(8)
})

test('where nobody tells in time, the watch is refused and given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { watches, interest, session } = bench()
  const watching = watches.watch(session('1').session, bob, [ann])
  const settled = Promise.allSettled([watching])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await settled).toMatchObject([{ status: 'rejected', reason: { code: 'unavailable' } }])
  expect(interest).toEqual(['+ann', '-ann'])
})

test('what somebody says of themselves goes with their presence, to those who may see it, until it is over', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { watches, says, blocked, session, tell } = bench()
  const until = new Date(Date.now() + 5_000).toISOString()
  says.set(ann, { text: 'At lunch', emoji: '🍜', until })
  blocked.add('cat ann')
  const [one, two] = [session('1'), session('2')]
  tell(ann, PRESENCE.offline)
  const first = watches.watch(one.session, bob, [ann])
  tell(ann, PRESENCE.offline)
  expect(await first).toMatchObject([{ user: ann, status: 'offline', text: '🍜 At lunch' }])
  expect((await watches.watch(two.session, cat, [ann]))[0]).not.toHaveProperty('text')
  watches.told({ user: ann, rank: PRESENCE.busy, at: 5, text: 'In a call' })
  tell(ann, PRESENCE.online)
  vi.setSystemTime(Date.now() + 5_000)
  watches.look()
  watches.look()
  // What a device says of itself comes first.
  expect(one.events().map(({ text }) => text)).toEqual(['In a call', '🍜 At lunch', undefined])
  watches.profileChanged({ id: ann, name: 'ann', display_name: 'Ann', avatar: null })
  expect(one.events().at(-1)).toEqual({
    kind: 'profile',
    user: ann,
    name: 'ann',
    display_name: 'Ann',
    avatar: null,
  })
  expect(two.events()).toEqual([])
})
