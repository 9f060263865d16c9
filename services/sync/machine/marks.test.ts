import { expect, test } from 'vitest'
import { type Position, START } from '../../../shared/fabric/position.ts'
import type { Bundle } from '../../../shared/fabric/wire/bundle.ts'
import {
  type ChannelId,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import { Harness } from './harness.ts'

const news = trusted<ChannelId>('news')
const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')

let pack = 0
let at: Position = START
/** The next bundle of LOG partition 0: one event for these users. */
function bundle(recipients: readonly UserId[], op?: 'enter' | 'leave'): Bundle {
  const previous = at
  at = { lineage: 7, pack: ++pack, record: 1, slice: 0 }
  const ranks = op === undefined ? null : { channel: news, op }
  const json = Buffer.from(`{"kind":"channel","n":${pack}}`)
  return {
    logPartition: 0,
    term: 1,
    previous,
    position: at,
    events: [{ json, sealed: null, recipients, ranks }],
  }
}

function started(): Harness {
  pack = 0
  at = START
  return new Harness()
}

const take = (harness: Harness, ...bundles: Bundle[]) => {
  for (const each of bundles) harness.submit({ type: 'bundle', bundle: each })
  harness.commit()
}

/** Tells the owner a head, and what it said of it. */
async function tell(harness: Harness, seq: number, all = false): Promise<ChannelId[]> {
  const mark = { channel: news, seq, rev: seq + 1, all: all ? { seq, who: 'channel' as const } : null }
  const asked = new Promise<ChannelId[]>((resolve, reject) => {
    const reply = { done: ({ unknown }: { unknown: ChannelId[] }) => resolve(unknown), failed: reject }
    harness.submit({ type: 'heads', marks: [mark], reply })
  })
  harness.commit()
  return asked
}

function register(harness: Harness, user: UserId, after: number | null) {
  const { epoch } = harness.machine.head(user)
  return harness.machine.register({
    edge: trusted<EdgeId>('e1'),
    incarnation: 1,
    entries: [
      {
        session: trusted<SessionId>(`${user}-${after ?? 'head'}`),
        user,
        device: trusted<DeviceId>('pc'),
        handle: user === ann ? 1 : 2,
        since: 1,
        cursor: after === null ? null : { epoch, n: after },
        name: null,
        ...(after === null ? {} : { marksAfter: after }),
      },
    ],
  })
}
const named = (harness: Harness, user: UserId, after: number) =>
  register(harness, user, after)?.results[0]?.passing?.map((json) => JSON.parse(Buffer.from(json).toString()))
const marksIn = (harness: Harness) => harness.records().filter(({ type }) => type === 'marks').length

test('a head is one record for all readers, passed to their sessions once a second, in a numbered message', async () => {
  const harness = started()
  take(harness, bundle([ann, bob], 'enter'))
  register(harness, ann, null)
  register(harness, bob, null)
  harness.clock = 5_000
  expect(await tell(harness, 1)).toEqual([])
  expect(await tell(harness, 2)).toEqual([])
  // What is known already writes nothing.
  expect(await tell(harness, 2)).toEqual([])
  expect(marksIn(harness)).toBe(2)
  const passed = () =>
    harness.batches.flatMap(({ batch }) =>
      batch.passing.map(({ json, handles }) => [
        batch.beat,
        batch.number,
        JSON.parse(Buffer.from(json).toString()).seq,
        [...handles],
      ]),
    )
  expect(passed()).toEqual([[false, 1, 1, [1, 2]]])
  harness.clock = 6_000
  harness.machine.beat()
  expect(passed().slice(1)).toEqual([[false, 2, 2, [1, 2]]])
})

test('who comes back is named the heads that moved since, through crashes and snapshots', async () => {
  const harness = started()
  take(harness, bundle([ann, bob], 'enter'))
  await tell(harness, 4, true)
  take(harness, bundle([ann]))
  expect(named(harness, ann, 1)).toEqual([
    { kind: 'head', channel: news, seq: 4, rev: 5, mention_all: 'channel' },
  ])
  expect(named(harness, ann, 2)).toEqual([])
  await tell(harness, 5)
  const moved = [{ kind: 'head', channel: news, seq: 5, rev: 6 }]
  expect(named(harness, ann, 2)).toEqual(moved)
  harness.crash(true)
  expect(named(harness, ann, 2)).toEqual(moved)
  harness.takeSnapshot()
  harness.confirm(harness.packs.length)
  harness.crash(true)
  expect(named(harness, ann, 2)).toEqual(moved)
  take(harness, bundle([ann], 'leave'))
  expect(named(harness, ann, 2)).toEqual([])
  expect(named(harness, bob, 1)).toHaveLength(1)
  take(harness, bundle([bob], 'leave'))
  expect(await tell(harness, 6)).toEqual([news])
  harness.crash(true)
  expect(await tell(harness, 7)).toEqual([news])
})
