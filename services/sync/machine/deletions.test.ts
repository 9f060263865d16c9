import { createSecretKey, randomBytes } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { seal, unseal } from '../../../shared/fabric/keyring.ts'
import { endOfPack, type Position, START } from '../../../shared/fabric/position.ts'
import {
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import { epochOf } from './epoch.ts'
import { Harness } from './harness.ts'
import { DEFAULT_SYNC_LIMITS } from './limits.ts'
import { EventMemory } from './memory.ts'
import { UserQueue } from './queue.ts'

const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const key = createSecretKey(randomBytes(32))

afterEach(() => {
  vi.restoreAllMocks()
})

const eventJson = (kind: string, seq: number, more: object = {}) =>
  Buffer.from(JSON.stringify({ kind, channel: 'c1', seq, ...more }))
const written = { from: 'ann', device: 'phone', at: '2026-11-28T10:00:00.000Z', cid: 'cid-1', body: 'SECRET' }
const message = (seq: number) => eventJson('message', seq, written)
const edit = (seq: number) => eventJson('edited', seq, { by: 'ann', body: 'SECRET, mended' })
const deletion = (seq: number) => eventJson('deleted', seq, { by: 'ann' })

/** Events for Ann and Bob, one by one; in two bundles each, cut among the recipients, or in a whole one. */
class Cut {
  readonly harness = new Harness()
  #pack = 0

  hand(json: Buffer, isSealed = false): void {
    const before = this.#before()
    const amidst = { lineage: 1, pack: ++this.#pack, record: 0, slice: 1 }
    this.#take(before, amidst, json, [ann], isSealed)
    this.#take(amidst, this.#before(), json, [bob], isSealed)
  }

  handWhole(json: Buffer, recipients: UserId[]): void {
    const before = this.#before()
    this.#pack++
    this.#take(before, this.#before(), json, recipients, false)
  }

  #before(): Position {
    return this.#pack === 0 ? START : endOfPack(1, this.#pack)
  }

  #take(previous: Position, position: Position, json: Buffer, recipients: UserId[], isSealed: boolean): void {
    const events = [{ json, sealed: isSealed ? seal(key, ann, json) : null, recipients }]
    this.harness.submit({ type: 'bundle', bundle: { logPartition: 3, term: 7, previous, position, events } })
    this.harness.commit()
  }

  /** What a user who was never here before is told. */
  toldTo(user: UserId): string[] {
    const { machine, lineage } = this.harness
    const entry = {
      session: trusted<SessionId>(`s-${user}`),
      user,
      device: trusted<DeviceId>('phone'),
      handle: 1,
      since: 1,
      cursor: { epoch: epochOf(lineage, user), n: 0 },
      name: null,
    }
    const request = { edge: trusted<EdgeId>('e1'), incarnation: 1, entries: [entry] }
    for (const event of machine.sealedIn(request))
      if (event.sealed !== null) machine.open(event, unseal(key, event.sealed))
    const events = machine.register(request)?.results[0]?.events ?? []
    return events.map(({ json }) => Buffer.from(json).toString())
  }
}

const SECRETS_GONE = [
  { kind: 'message', seq: 1, body: '', deleted: true },
  { kind: 'message', seq: 2, body: 'SECRET' },
  { kind: 'edited', seq: 1, body: '', deleted: true },
]
const parsed = (events: readonly string[]): unknown[] => events.map((json) => JSON.parse(json))

test('every copy of a deleted message is emptied, where a bundle was cut among its recipients too', () => {
  const cut = new Cut()
  for (const json of [message(1), message(2), edit(1)]) cut.hand(json)
  cut.handWhole(deletion(1), [ann, bob])
  for (const user of [ann, bob])
    expect(parsed(cut.toldTo(user))).toMatchObject([...SECRETS_GONE, { kind: 'deleted', seq: 1 }])
})

test('the copy of one who left the channel before is emptied with the others', () => {
  const cut = new Cut()
  for (const json of [message(1), message(2), edit(1)]) cut.hand(json)
  cut.handWhole(deletion(1), [ann])
  expect(parsed(cut.toldTo(bob))).toMatchObject(SECRETS_GONE)
})

test.each([
  ['replays', 'one of them', false, [ann]],
  ['replays', 'all', false, [ann, bob]],
  ['recalls', 'one of them', true, [ann]],
  ['recalls', 'all', true, [ann, bob]],
])('so is what a new owner %s and %s had been told before', (_name, _whom, isInSnapshot, here) => {
  const cut = new Cut()
  const { harness } = cut
  for (const json of [message(1), message(2), edit(1)]) cut.hand(json, true)
  if (isInSnapshot) {
    harness.takeSnapshot()
    harness.confirm(harness.packs.length)
  }
  harness.crash(true)
  for (const user of here) expect(cut.toldTo(user).filter((json) => json.includes('SECRET'))).toHaveLength(3)
  cut.handWhole(deletion(1), [bob, ann])
  for (const user of [ann, bob])
    expect(parsed(cut.toldTo(user))).toMatchObject([...SECRETS_GONE, { kind: 'deleted', seq: 1 }])
})

/** Queues of a hundred people who all have the same events. */
function memoryOf(limits: Partial<typeof DEFAULT_SYNC_LIMITS> = {}) {
  const memory = new EventMemory({ ...DEFAULT_SYNC_LIMITS, ...limits })
  const queues = Array.from({ length: 100 }, (_, n) => new UserQueue(trusted<UserId>(`u${n}`)))
  let pack = 0
  const keep = (json: Buffer) => {
    const event = HeldEvent.clear(json, ++pack)
    memory.keep(
      event,
      queues.map((queue) => ({ queue, n: ++queue.planned })),
    )
    memory.confirm(pack)
    return event
  }
  return { memory, queues, keep }
}

test('to delete a message that is not in memory any more, neither a queue nor other messages are looked at', () => {
  const { keep } = memoryOf()
  for (let seq = 1; seq <= 900; seq++) keep(message(seq))
  const looks = vi.spyOn(UserQueue.prototype, 'at')
  const views = vi.spyOn(HeldEvent.prototype, 'json', 'get')
  keep(deletion(100_000))
  expect(looks).not.toHaveBeenCalled()
  // The deletion's own, and whoever shares its chain.
  expect(views.mock.calls.length).toBeLessThan(10)
})

test('what memory forgot is not looked at either, and what it forgot sealed is not opened any more', () => {
  const { memory, queues, keep } = memoryOf({ memoryBytes: 50_000 })
  const sealed = HeldEvent.sealed(seal(key, ann, message(1)), 0)
  memory.keep(
    sealed,
    queues.map((queue) => ({ queue, n: ++queue.planned })),
  )
  for (let n = 0; n < 1_000; n++) keep(edit(1))
  const held = queues[0]?.held ?? 0
  expect(held).toBeLessThan(20)
  expect(sealed.json).not.toBeNull()
  const views = vi.spyOn(HeldEvent.prototype, 'json', 'get')
  keep(deletion(1))
  expect(views.mock.calls.length).toBeLessThan(held + 10)
  for (let n = queues[0]?.oldest ?? 0; n < (queues[0]?.head ?? 0); n++)
    expect(Buffer.from(queues[0]?.at(n)?.json ?? []).toString()).toContain('"deleted":true')
})

test('messages of other channels and seqs keep what they say', () => {
  const { keep } = memoryOf()
  const others = [1, 11, 111].map((seq) => keep(message(seq)))
  const elsewhere = keep(Buffer.from(message(12).toString().replace('"c1"', '"c"')))
  const gone = keep(message(12))
  keep(deletion(12))
  for (const event of [...others, elsewhere])
    expect(Buffer.from(event.json ?? []).toString()).toContain('SECRET')
  expect(Buffer.from(gone.json ?? []).toString()).not.toContain('SECRET')
})
