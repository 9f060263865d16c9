import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seal } from '../../../shared/fabric/keyring.ts'
import { endOfPack, START } from '../../../shared/fabric/position.ts'
import type { BundleEvent } from '../../../shared/fabric/wire/bundle.ts'
import { createLog } from '../../../shared/log/log.ts'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { Bundles, weightOf } from './bundles.ts'
import { Marks } from './marks.ts'
import { Users } from './users.ts'

const key = createSecretKey(randomBytes(32))
const eventOf = ({
  bytes,
  sealed,
  users,
  id,
}: {
  bytes: number
  sealed: boolean
  users: number
  id: number
}) => {
  const json = Buffer.alloc(bytes, 120)
  const recipients = Array.from({ length: users }, (_, n) => trusted<UserId>(`u${n}`.padEnd(id, 'x')))
  return { json, sealed: sealed ? seal(key, trusted<UserId>('x'.repeat(id)), json) : null, recipients }
}

/** What its records have, all together. */
function planned(events: readonly BundleEvent[]): number {
  const users = new Users()
  const bundles = new Bundles(users, new Marks(users), createLog('test', 'silent'))
  let bytes = 0
  const pack = {
    number: 1,
    lineage: 1,
    now: 1,
    add: (record: Uint8Array) => {
      bytes += record.length
      return 0
    },
    committed: () => {},
  }
  bundles.plan(
    { logPartition: 0, term: 1, previous: START, position: endOfPack(1, 1), events },
    pack,
    () => {},
  )
  return bytes
}

test('a bundle never weighs less than its records have', () => {
  const event = fc.record({
    bytes: fc.integer({ min: 1, max: 70_000 }),
    sealed: fc.boolean(),
    users: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9_000 })),
    id: fc.integer({ min: 5, max: 64 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), (shapes) => {
      const events = shapes.map(eventOf)
      const bytes = planned(events)
      expect(bytes).toBeGreaterThan(0)
      expect(
        weightOf({ logPartition: 0, term: 1, previous: START, position: endOfPack(1, 1), events }),
      ).toBeGreaterThanOrEqual(bytes)
    }),
    { numRuns: 60 },
  )
})

test('many small events weigh little more than they have', () => {
  const events = Array.from({ length: 500 }, () => eventOf({ bytes: 360, sealed: true, users: 2, id: 20 }))
  const weight = weightOf({
    logPartition: 0,
    term: 1,
    previous: START,
    position: endOfPack(1, 1),
    events,
  })
  expect(weight).toBeLessThan(planned(events) * 1.6)
})
