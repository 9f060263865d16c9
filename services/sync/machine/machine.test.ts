import { expect, test } from 'vitest'
import { SILENT } from '../../../shared/fabric/call.ts'
import { LogDamage, NO_DIGEST } from '../../../shared/fabric/pack.ts'
import { endOfPack, START } from '../../../shared/fabric/position.ts'
import { MAX_MESSAGE_BYTES, MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type { Bundle } from '../../../shared/fabric/wire/bundle.ts'
import type { RegisterEntry } from '../../../shared/fabric/wire/register.ts'
import { encodeSyncRecord } from '../../../shared/fabric/wire/sync-record.ts'
import {
  type ChannelId,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import type { Reply } from './commands.ts'
import { epochOf } from './epoch.ts'
import { Harness } from './harness.ts'

const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const edge = trusted<EdgeId>('e1')
const elsewhere = trusted<EdgeId>('e2')
const channel = trusted<ChannelId>('c1')
const phone = trusted<DeviceId>('phone')
const session = (id: string) => trusted<SessionId>(id)

const bundle = (from: number, to: number, recipients: readonly UserId[], bytes = 10): Bundle => ({
  logPartition: 3,
  term: 7,
  previous: from === 0 ? START : endOfPack(1, from),
  position: endOfPack(1, to),
  events: Array.from({ length: to - from }, (_, i) => ({
    json: Buffer.from(JSON.stringify({ kind: 'test', i: from + i + 1, pad: 'x'.repeat(bytes) })),
    sealed: null,
    recipients,
  })),
})
const hand = (harness: Harness, ...args: Parameters<typeof bundle>): void => {
  harness.submit({ type: 'bundle', bundle: bundle(...args) })
  harness.commit()
}

const entry = (harness: Harness, n: number | null, over: Partial<RegisterEntry> = {}): RegisterEntry => ({
  session: session('s1'),
  user: ann,
  device: phone,
  handle: 1,
  since: 1,
  cursor: n === null ? null : { epoch: epochOf(harness.lineage, over.user ?? ann), n },
  name: null,
  ...over,
})
const register = (harness: Harness, entries: RegisterEntry[], at = edge, incarnation = 1) => {
  const response = harness.machine.register({ edge: at, incarnation, entries })
  if (response === null) throw new Error('not answered')
  return response
}
const first = <T>(items: readonly T[]): T => {
  const [item] = items
  if (item === undefined) throw new Error('nothing there')
  return item
}

test('a session hears what it missed, then what comes', () => {
  const harness = new Harness()
  hand(harness, 0, 3, [ann, bob])
  const { results, number, term } = register(harness, [entry(harness, 1)])
  expect(first(results)).toMatchObject({ status: 'live', head: 3 })
  expect(first(results).events.map(({ n }) => n)).toEqual([2, 3])
  expect({ number, term }).toEqual({ number: 0, term: 1 })
  hand(harness, 3, 4, [bob, ann])
  expect(harness.batches).toHaveLength(1)
  expect(first(harness.batches)).toMatchObject({
    edge,
    batch: { number: 1, term: 1, incarnation: 1, beat: false, events: [{ to: [{ handle: 1, n: 4 }] }] },
  })
})

test('an event under way when a session registers comes once, after its answer', () => {
  const harness = new Harness()
  harness.submit({ type: 'bundle', bundle: bundle(0, 1, [ann]) })
  harness.startCommit()
  expect(first(register(harness, [entry(harness, 0)]).results)).toMatchObject({
    status: 'live',
    head: 0,
    events: [],
  })
  harness.finishCommit()
  expect(harness.batches.flatMap(({ batch }) => batch.events.flatMap(({ to }) => to))).toEqual([
    { handle: 1, n: 1 },
  ])
})

test('users of one edge share the bytes of an event, and a large batch is cut', () => {
  const harness = new Harness()
  register(harness, [
    entry(harness, null),
    entry(harness, null, { user: bob, handle: 2, session: session('s2') }),
  ])
  hand(harness, 0, 10, [ann, bob], 60 * 1024)
  expect(harness.batches.map(({ batch }) => batch.number)).toEqual([1, 2])
  const events = harness.batches.flatMap(({ batch }) => batch.events)
  expect(events).toHaveLength(10)
  for (const { to } of events) expect(to.map(({ handle }) => handle)).toEqual([1, 2])
  for (const { batch } of harness.batches) {
    const bytes = batch.events.reduce((sum, { json }) => sum + json.length, 0)
    expect(bytes).toBeLessThan(MAX_MESSAGE_BYTES)
  }
})

test('what is too much for one answer comes in pages, and only the last one registers', () => {
  const harness = new Harness()
  hand(harness, 0, 10, [ann], 60 * 1024)
  const seen: number[] = []
  for (;;) {
    const { status, events } = first(register(harness, [entry(harness, seen.at(-1) ?? 0)]).results)
    seen.push(...events.map(({ n }) => n))
    expect(events.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThan(MAX_PAGE_BYTES)
    if (status === 'live') break
    expect(status).toBe('page')
    expect(harness.machine.stats().sessions).toBe(0)
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('who finds no room in an answer is told to ask again', () => {
  const harness = new Harness()
  hand(harness, 0, 10, [ann, bob], 60 * 1024)
  const { results } = register(harness, [
    entry(harness, 0),
    entry(harness, 0, { user: bob, session: session('s2'), handle: 2 }),
  ])
  expect(results.map(({ status }) => status)).toEqual(['page', 'busy'])
})

test('what the store has leaves memory, and is asked for there', () => {
  const harness = new Harness({ limits: { eventsPerUser: 2 } })
  hand(harness, 0, 5, [ann])
  expect(first(register(harness, [entry(harness, 0)]).results).status).toBe('live')
  harness.confirm(harness.packs.length)
  hand(harness, 5, 6, [ann])
  hand(harness, 6, 9, [ann])
  expect(first(register(harness, [entry(harness, 0)]).results)).toMatchObject({
    status: 'store',
    events: [],
    head: 9,
  })
  expect(first(register(harness, [entry(harness, 7)]).results)).toMatchObject({ status: 'live' })
})

test('who missed events of before the snapshot hears them from the next owner’s memory', () => {
  const harness = new Harness()
  hand(harness, 0, 3, [ann, bob])
  hand(harness, 3, 5, [ann])
  harness.takeSnapshot()
  // Under way while the snapshot is taken: its entries count what it brings.
  hand(harness, 5, 6, [ann])
  harness.confirm(harness.packs.length)
  hand(harness, 6, 8, [ann])
  harness.crash(true)
  const { results } = register(harness, [entry(harness, 1)])
  expect(first(results)).toMatchObject({ status: 'live', head: 8 })
  expect(first(results).events.map(({ n }) => n)).toEqual([2, 3, 4, 5, 6, 7, 8])
  hand(harness, 8, 9, [ann, bob])
  expect(first(harness.batches).batch.events).toMatchObject([{ to: [{ handle: 1, n: 9 }] }])
})

test('without the store a partition takes events until its budget is spent, and no more', () => {
  const harness = new Harness({ limits: { unconfirmedBytes: 10_000 } })
  hand(harness, 0, 1, [ann], 20_000)
  expect(harness.machine.hasRoom()).toBe(false)
  hand(harness, 1, 2, [ann])
  expect(harness.machine.head(ann).n).toBe(1)
  expect(first(register(harness, [entry(harness, 0)]).results).events).toHaveLength(1)
  harness.confirm(harness.packs.length)
  hand(harness, 1, 2, [ann])
  expect(harness.machine.head(ann).n).toBe(2)
})

test('a newer session of a device replaces the older one, whose edge hears at once', () => {
  const harness = new Harness()
  register(harness, [entry(harness, null)])
  register(harness, [entry(harness, null, { session: session('s2'), since: 2 })], elsewhere)
  expect(first(harness.batches)).toMatchObject({ edge, batch: { number: 1, replaced: ['s1'] } })

  const { results, number } = register(harness, [entry(harness, null)])
  expect(first(results).status).toBe('busy')
  expect(number).toBe(2)
  expect(harness.batches.at(-1)).toMatchObject({ edge, batch: { number: 2, replaced: ['s1'] } })

  hand(harness, 0, 1, [ann])
  expect(harness.batches.slice(2).map((sent) => sent.edge)).toEqual([elsewhere])
})

test('a session that registers again isn’t replaced, nor ended by what concerned another', () => {
  const harness = new Harness()
  register(harness, [entry(harness, null)])
  register(harness, [entry(harness, null, { handle: 9 })])
  expect(harness.batches).toEqual([])
  harness.machine.unregister(edge, 1, [{ session: session('s0'), user: ann, device: phone }])
  hand(harness, 0, 1, [ann])
  expect(first(harness.batches).batch.events.map(({ to }) => to)).toEqual([[{ handle: 9, n: 1 }]])
  harness.machine.unregister(edge, 1, [{ session: session('s1'), user: ann, device: phone }])
  hand(harness, 1, 2, [ann])
  expect(harness.batches).toHaveLength(1)
})

test('an edge that fell silent, or began anew, has no sessions; its numbers go on', () => {
  const harness = new Harness()
  register(harness, [entry(harness, null)])
  hand(harness, 0, 1, [ann])
  harness.clock = 9_000
  harness.machine.edgeAlive(edge, 1)
  harness.clock = 18_000
  harness.machine.beat()
  expect(harness.batches.at(-1)?.batch).toMatchObject({ beat: true, number: 1, events: [] })
  harness.clock = 19_001
  harness.machine.beat()
  expect(harness.machine.stats().sessions).toBe(0)
  expect(harness.batches).toHaveLength(2)

  expect(register(harness, [entry(harness, null)]).number).toBe(1)
  harness.machine.edgeAlive(edge, 2)
  expect(harness.machine.stats().sessions).toBe(0)
  expect(register(harness, [entry(harness, null)], edge, 3).number).toBe(0)
  expect(harness.machine.register({ edge, incarnation: 2, entries: [] })).toBeNull()
})

test('bundles: repeated ones are answered, ones with a gap refused, foreign lineages too', () => {
  const harness = new Harness()
  const said = () => {
    harness.commit()
    const { bundled, ...to } = harness.answers.at(-1) ?? { bundled: null }
    return { ...to, pack: bundled?.position.pack, refused: bundled?.refused }
  }
  const give = (given: Bundle) => harness.submit({ type: 'bundle', bundle: given })
  give({ ...bundle(0, 0, []), position: START })
  expect(said()).toEqual({ logPartition: 3, term: 7, pack: 0, refused: false })
  give(bundle(1, 2, [ann]))
  expect(said()).toMatchObject({ pack: 0, refused: true })
  give(bundle(0, 1, [ann]))
  give(bundle(1, 2, [ann]))
  expect(said()).toMatchObject({ pack: 2, refused: false })
  expect(harness.answers).toHaveLength(3)
  give(bundle(0, 1, [ann]))
  expect(said()).toMatchObject({ pack: 2, refused: false })
  give(bundle(0, 3, [ann]))
  expect(said()).toMatchObject({ pack: 2, refused: true })
  give({ ...bundle(2, 3, [ann]), position: endOfPack(8, 3) })
  expect(said()).toMatchObject({ pack: 2, refused: true })
  expect(harness.machine.head(ann)).toMatchObject({ n: 2, logs: [{ partition: 3, pack: 2 }] })
})

test('a position that moves without an event survives its owner', () => {
  const harness = new Harness()
  harness.submit({ type: 'bundle', bundle: { ...bundle(0, 0, []), position: endOfPack(1, 5) } })
  harness.commit()
  harness.crash(true)
  expect(harness.machine.head(ann).logs).toEqual([{ partition: 3, pack: 5 }])
})

test('a pack that was taken in partly doesn’t count as taken in', () => {
  const harness = new Harness()
  const position = { lineage: 1, pack: 6, record: 2, slice: 0 }
  harness.submit({ type: 'bundle', bundle: { ...bundle(0, 0, []), position } })
  harness.commit()
  expect(harness.machine.head(ann).logs).toEqual([{ partition: 3, pack: 5 }])
})

test('a read mark only moves forward, and is an event of its user’s own queue', async () => {
  const harness = new Harness()
  const read = (seq: number, floor = 0) => {
    const answer = harness.machine.ask((reply: Reply<{ seq: number }>) => ({
      type: 'read',
      user: ann,
      channel,
      seq,
      floor,
      reply,
    }))
    harness.commit()
    return answer
  }
  expect(await read(5)).toEqual({ seq: 5 })
  expect(await read(3)).toEqual({ seq: 5 })
  expect(await read(7, 9)).toEqual({ seq: 9 })
  expect(harness.machine.head(ann).n).toBe(1)
  expect(harness.machine.recentReads(ann)).toEqual([{ channel, seq: 5 }])
  const { events } = first(register(harness, [entry(harness, 0)]).results)
  expect(JSON.parse(Buffer.from(first(events).json).toString())).toEqual({
    kind: 'read',
    channel,
    user: ann,
    seq: 5,
  })

  harness.crash(true)
  expect(harness.machine.recentReads(ann)).toEqual([{ channel, seq: 5 }])
  harness.confirm(harness.packs.length)
  expect(harness.machine.recentReads(ann)).toEqual([])
})

test('a profile makes the user known, for good', async () => {
  const harness = new Harness()
  const change = { op: 'profile', name: 'ann', displayName: 'Ann', avatar: null } as const
  const put = (when: 'always' | 'if-none') => {
    const answer = harness.machine.ask((reply: Reply<{ pack: number; partition: number }>) => ({
      type: 'profile',
      user: ann,
      change,
      when,
      reply,
    }))
    harness.commit()
    return answer
  }
  expect(harness.machine.lacksProfile(ann)).toBe(true)
  expect(await put('if-none')).toEqual({ pack: 2, partition: 0 })
  expect(await put('if-none'), 'where it stands, not a pack that is never written').toEqual({
    pack: 2,
    partition: 0,
  })
  expect(harness.packs).toHaveLength(2)
  expect(harness.machine.head(ann).n).toBe(0)
  harness.crash(true)
  expect(harness.machine.lacksProfile(ann)).toBe(false)
  expect(await put('if-none')).toMatchObject({ pack: 2 })
  await put('always')
  expect(harness.machine.head(ann).n).toBe(1)
})

test('received is kept a device, never moves back, and ignores what can’t be true', () => {
  const harness = new Harness({ limits: { devicesPerUser: 2 } })
  hand(harness, 0, 4, [ann])
  const epoch = epochOf(harness.lineage, ann)
  const { machine } = harness
  machine.received(ann, phone, epoch, 3)
  machine.received(ann, phone, epoch, 2)
  machine.received(ann, phone, epoch, 5)
  machine.received(ann, phone, 'another', 4)
  expect(machine.receivedBy(ann, phone)).toBe(3)
  for (const id of ['a', 'b']) machine.received(ann, trusted<DeviceId>(id), epoch, 1)
  expect(machine.receivedBy(ann, phone)).toBe(0)
})

test('an owner whose lease ran out says nothing, and what was asked of it stays unanswered', async () => {
  const harness = new Harness()
  register(harness, [entry(harness, null)])
  const asked = harness.machine.ask((reply: Reply<{ seq: number }>) => ({
    type: 'read',
    user: ann,
    channel,
    seq: 1,
    floor: 0,
    reply,
  }))
  harness.submit({ type: 'bundle', bundle: bundle(0, 1, [ann]) })
  harness.startCommit()
  harness.valid = false
  harness.machine.beat()
  harness.crash(false)
  expect(await asked).toBe(SILENT)
  expect(harness.batches).toEqual([])
  expect(harness.answers).toEqual([])
})

test('epochs differ by user and by lineage', () => {
  const epochs = [epochOf(1, ann), epochOf(1, bob), epochOf(2, ann)]
  expect(new Set(epochs).size).toBe(3)
  for (const epoch of epochs) expect(epoch).toMatch(/^[0-9a-z]{10}$/)
})

test('a hole in a queue’s numbers is damage: the log is not what its owners wrote', () => {
  const { machine, lineage } = new Harness()
  const body = { kind: 'clear', json: Buffer.from('{}') } as const
  const replay = (n: number) =>
    machine.replay({
      kind: 'records',
      lineage,
      number: n + 1,
      previous: NO_DIGEST,
      term: 1,
      at: 0,
      meta: machine.meta(),
      records: [encodeSyncRecord({ type: 'event', body, deliveries: [{ user: ann, n }] })],
    })
  replay(1)
  expect(() => replay(3)).toThrow(LogDamage)
})

test('how far a thread was read only rises, is told once, and is known to a new owner', async () => {
  const harness = new Harness()
  const read = (seq: number, present: ReadonlyMap<string, string> = new Map()) => {
    const request = { op: 'thread-read', channel, thread: 4, seq } as const
    const answer = harness.machine.ask((reply: Reply<{ pack: number; partition: number }>) => ({
      type: 'change',
      user: ann,
      request,
      key: null,
      present,
      reply,
    }))
    harness.commit()
    return answer
  }
  const marks = () => [...harness.machine.recentState(ann, 'thread')]
  expect(await read(7)).toMatchObject({ pack: 2 })
  expect(await read(9)).toMatchObject({ pack: 3 })
  for (const again of [9, 7, 8]) expect(await read(again)).toMatchObject({ pack: 0 })
  expect(marks()).toEqual([['c1/4', '9']])
  harness.crash(true)
  expect(marks()).toEqual([['c1/4', '9']])
  harness.confirm(harness.packs.length)
  // From then on the store says it.
  expect(marks()).toEqual([])
  expect(await read(8, new Map([['c1/4', '9']]))).toMatchObject({ pack: 0 })
  expect(await read(10, new Map([['c1/4', '9']]))).toMatchObject({ partition: 0 })
  const told = harness.records().flatMap((record) => {
    if (record.type !== 'event' || record.body.kind !== 'clear') return []
    return [JSON.parse(Buffer.from(record.body.json).toString())]
  })
  expect(told).toEqual([7, 9, 10].map((seq) => ({ kind: 'read', channel, user: ann, seq, thread: 4 })))
})
