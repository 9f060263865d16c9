import { expect, test } from 'vitest'
import {
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import { Harness } from './harness.ts'

const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const json = Buffer.from('{"kind":"typing"}')

/** Ann and bob at edge e1, bob at e2 as well. */
function withSessions(): Harness {
  const harness = new Harness()
  const at = (edge: string, users: readonly [UserId, number][]) =>
    harness.machine.register({
      edge: trusted<EdgeId>(edge),
      incarnation: 1,
      entries: users.map(([user, handle]) => ({
        session: trusted<SessionId>(`${edge}-${user}`),
        user,
        device: trusted<DeviceId>(edge),
        handle,
        since: 1,
        cursor: null,
        name: null,
      })),
    })
  at('e1', [
    [ann, 1],
    [bob, 2],
  ])
  at('e2', [[bob, 7]])
  return harness
}

test('a passing event goes to the edges of its recipients, its bytes once each, and uses up no number', () => {
  const harness = withSessions()
  harness.machine.pass([{ json, recipients: [ann, bob, trusted<UserId>('nobody')] }])
  const sent = harness.batches.map(({ edge, batch }) => ({ edge, ...batch }))
  expect(sent).toMatchObject([
    { edge: 'e1', number: 0, beat: true, events: [], passing: [{ handles: [1, 2] }] },
    { edge: 'e2', number: 0, beat: true, events: [], passing: [{ handles: [7] }] },
  ])
  expect(Buffer.from(sent[0]?.passing[0]?.json ?? '')).toEqual(json)
})

test('what there is no room for is dropped, and the next message has room again', () => {
  const harness = withSessions()
  const large = () => Buffer.alloc(50 * 1024)
  const flood = Array.from({ length: 10 }, () => ({ json: large(), recipients: [ann] }))
  harness.machine.pass(flood)
  expect(harness.batches.at(-1)?.batch.passing).toHaveLength(2)
  harness.machine.pass([{ json: large(), recipients: [ann] }])
  expect(harness.batches.at(-1)?.batch.passing).toHaveLength(1)
})

test('a stale owner passes nothing on', () => {
  const harness = withSessions()
  harness.valid = false
  harness.machine.pass([{ json, recipients: [ann] }])
  expect(harness.batches).toEqual([])
})
