import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import type { KeyRing } from '../../../shared/fabric/keyring.ts'
import { comparePositions, endOfPack, type Position, START } from '../../../shared/fabric/position.ts'
import { type Bundle, decodeBundle } from '../../../shared/fabric/wire/bundle.ts'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { BundleOutbox, type OutboxItem, type OutboxOptions } from './outbox.ts'

const LINEAGE = 9
const users = (count: number): UserId[] =>
  Array.from({ length: count }, (_, i) => trusted<UserId>(`user-${i}`.padEnd(64, 'x')))

/** A SYNC owner as the protocol has it: takes a bundle in at its place, refuses any other. */
class Other {
  position: Position = START
  readonly got: string[] = []
  take(bundle: Bundle): boolean {
    if (comparePositions(bundle.position, this.position) <= 0) return false
    if (comparePositions(bundle.previous, this.position) !== 0) return true
    for (const event of bundle.events)
      for (const user of event.recipients) this.got.push(`${Buffer.from(event.json).toString()} ${user}`)
    this.position = bundle.position
    return false
  }
}

// Plaintext is at hand in all of these; the ring is never asked.
const noKeys = Object.create(null) as KeyRing

function outboxTo(
  wire: Uint8Array[],
  items: OutboxItem[] = [],
  changes: Partial<OutboxOptions> = {},
): BundleOutbox {
  return new BundleOutbox(
    {
      logPartition: 0,
      syncPartition: 0,
      term: 1,
      lineage: LINEAGE,
      keys: noKeys,
      send: (bytes) => wire.push(Buffer.from(bytes)) > 0,
      committed: () => 1_000_000,
      endBefore: 1_000_000,
      valid: () => true,
      alarm: (message) => expect.unreachable(message),
      ...changes,
    },
    items,
  )
}

const item = (pack: number, record: number, recipients: number): OutboxItem => ({
  pack,
  record,
  event: { json: Buffer.from(`${pack}.${record}`), sealed: null },
  recipients: users(recipients),
})

const expected = (items: readonly OutboxItem[]): string[] =>
  items.flatMap(({ pack, record, recipients }) => recipients.map((user) => `${pack}.${record} ${user}`))

afterEach(() => vi.useRealTimers())

test('every recipient gets every event once and in order, whatever is lost, doubled or restarted', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('commit'),
        sizes: fc.array(fc.constantFrom(1, 2, 100, 9_000), { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('deliver'),
        fate: fc.constantFrom('ok', 'ok', 'ok', 'lost', 'twice', 'answer lost'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('owner changed') }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('chat restarted') }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('time passes') }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
      let wire: Uint8Array[] = []
      const other = new Other()
      const all: OutboxItem[] = []
      let pack = 0
      let outbox = outboxTo(wire, [], { committed: () => pack })
      const answer = (refused: boolean) =>
        outbox.answered({ syncPartition: 0, syncTerm: 1, position: other.position, refused })
      const deliver = (fate: string) => {
        const bytes = wire.shift()
        if (bytes === undefined || fate === 'lost') return
        const bundle = decodeBundle(bytes)
        const refused = other.take(bundle)
        if (fate === 'twice') other.take(bundle)
        if (fate !== 'answer lost') answer(refused)
      }
      for (const now of steps) {
        if ('sizes' in now) {
          pack++
          for (const [record, size] of now.sizes.entries()) {
            all.push(item(pack, record, size))
            outbox.add(item(pack, record, size))
          }
          outbox.pump()
        } else if ('fate' in now) deliver(now.fate)
        else if (now.type === 'owner changed') outbox.ownerChanged()
        else if (now.type === 'time passes') vi.advanceTimersByTime(5_000)
        else {
          outbox.end()
          wire = []
          outbox = outboxTo(wire, [...all], { committed: () => pack })
        }
        await Promise.resolve()
      }
      for (let round = 0; round < 2_000 && !outbox.released(pack); round++) {
        if (wire.length === 0) vi.advanceTimersByTime(2_000)
        deliver('ok')
        await Promise.resolve()
      }
      outbox.end()
      expect(outbox.released(pack)).toBe(true)
      expect(other.got).toEqual(expected(all))
      vi.useRealTimers()
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('a message to many is cut into bundles below the page size', async () => {
  const wire: Uint8Array[] = []
  const other = new Other()
  const outbox = outboxTo(wire)
  outbox.answered({ syncPartition: 0, syncTerm: 1, position: START, refused: false })
  wire.length = 0
  outbox.add(item(1, 0, 20_000))
  outbox.pump()
  await vi.waitFor(() => expect(wire.length).toBeGreaterThan(3))
  for (const bytes of wire) {
    expect(bytes.length).toBeLessThan(300 * 1024)
    expect(other.take(decodeBundle(bytes))).toBe(false)
  }
  expect(other.got.length).toBe(20_000)
  outbox.end()
})

test('a SYNC partition that holds more than the log raises an alarm and gets nothing', () => {
  const wire: Uint8Array[] = []
  const alarm = vi.fn()
  const outbox = outboxTo(wire, [item(5, 0, 1)], { endBefore: 5, committed: () => 6, alarm })
  wire.length = 0
  const position = endOfPack(LINEAGE, 6)
  outbox.answered({ syncPartition: 0, syncTerm: 1, position, refused: false })
  expect(alarm.mock.calls[0]?.[0]).toMatch(/ALARM: .* its tail is gone/)
  expect(wire).toEqual([])
  expect(outbox.released(5), 'so no snapshot stands on it either').toBe(false)
  outbox.end()
})

test('its lag is how long the oldest item has waited, where much waits and the other side is heard', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  const outbox = outboxTo([])
  const told = (position: Position) =>
    outbox.answered({ syncPartition: 0, syncTerm: 1, position, refused: false })
  outbox.add(item(1, 0, 9_999))
  told(START)
  vi.advanceTimersByTime(1_000)
  expect(outbox.lagMs()).toBe(0)
  outbox.add(item(2, 0, 1))
  expect(outbox.lagMs()).toBe(1_000)
  vi.advanceTimersByTime(1_000)
  // Not a word for two seconds: how far it is behind is not its pace.
  expect(outbox.lagMs()).toBe(0)
  told(START)
  expect(outbox.lagMs()).toBe(2_000)
  outbox.add(item(3, 0, 20_000))
  told(endOfPack(LINEAGE, 1))
  expect(outbox.lagMs()).toBe(1_000)
  told(endOfPack(LINEAGE, 3))
  expect(outbox.lagMs()).toBe(0)
  outbox.end()
})
