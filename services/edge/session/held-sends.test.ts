import { expect, test } from 'vitest'
import { NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  type SessionId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import { until } from '../../../test/support/until.ts'
import { type HeldSend, HeldSends } from './held-sends.ts'
import { Outgoing } from './outgoing.ts'
import type { SendRequest } from './sends.ts'
import { Session } from './session.ts'

const channel = trusted<ChannelId>('c')
const user = trusted<UserId>('u')
const greeted = {
  identity: { user, name: null, family: null, issuedAt: 0, expiresAt: 0 },
  device: trusted<DeviceId>('d'),
  entry: { user, handle: 0, partition: 0, sessions: new Set<Session>(), newest: 0 },
}
const requestOf = (id: number): SendRequest => ({
  id,
  channel,
  cid: trusted<Cid>(`m${id}`),
  replyTo: 0,
  mentions: NO_MENTIONS,
  content: '"body":"hi"',
})

/** What left and what was refused, in this order; a refusal for a passing reason counts as the sends' own does. */
function stage(limitMs = 10_000) {
  const socket = { send: () => {}, buffered: () => 0, cork: (run: () => void) => run(), end: () => {} }
  const id = trusted<SessionId>('s')
  const session = new Session({
    transport: 'websocket',
    id,
    socket,
    outgoing: new Outgoing(1e6),
    sendBucket: null,
  })
  const flow = session.flows.of(channel)
  const told: string[] = []
  const held = new HeldSends({
    limitMs,
    send: ({ id: sent }) => told.push(`sent ${sent}`),
    refuse: ({ id: refused }, error) => {
      told.push(`${error.code} ${refused}`)
      if (error.shouldRetry()) flow.refusals++
    },
  })
  const hold = (number: number, look: HeldSend['look'] = () => requestOf(number)) =>
    held.hold(flow, { session, greeted, id: number, channel, bytes: 10, look })
  const settled = () => until(() => !flow.isHeld, 'nothing waits')
  return { session, flow, held, told, hold, settled }
}
const gate = () => Promise.withResolvers<SendRequest>()

test('what comes behind a forward waits for it, and all leave in the order sent', async () => {
  const { session, flow, held, told, hold, settled } = stage()
  const [first, second] = [gate(), gate()]
  let looks = 0
  const look = (on: Promise<SendRequest>) => () => {
    looks++
    return on
  }
  hold(1, look(first.promise))
  hold(2)
  hold(3, look(second.promise))
  hold(4)
  expect([flow.isHeld, held.count, session.sendsHeld, session.pendingBytes]).toEqual([true, 4, 4, 40])
  // One look at a time, and nobody overtakes.
  second.resolve(requestOf(3))
  await until(() => looks === 1, 'the first is looked up')
  expect(told).toEqual([])
  first.resolve(requestOf(1))
  await settled()
  expect(told).toEqual(['sent 1', 'sent 2', 'sent 3', 'sent 4'])
  expect([looks, held.count, session.sendsHeld, session.pendingBytes]).toEqual([2, 0, 0, 0])
  expect(session.flows.of(channel)).not.toBe(flow)
})

test('one that there is nothing to forward of is refused alone; for a passing reason, all that wait behind it are', async () => {
  const { told, hold, settled } = stage()
  hold(1, () => Promise.reject(new WeftError('not_found', 'no such message')))
  hold(2)
  hold(3, () => Promise.reject(unavailable('not now')))
  hold(4)
  hold(5, () => Promise.resolve(requestOf(5)))
  await settled()
  expect(told).toEqual(['not_found 1', 'sent 2', 'unavailable 3', 'unavailable 4', 'unavailable 5'])
})

test('one that was under way before them and is refused meanwhile takes along all that wait; what comes after that is taken', async () => {
  const { flow, told, hold, settled } = stage()
  const looked = gate()
  hold(1, () => looked.promise)
  hold(2)
  flow.refusals++
  // It came behind those two, whose refusals it can't have seen.
  hold(3)
  looked.resolve(requestOf(1))
  await settled()
  hold(4)
  await settled()
  expect(told).toEqual(['unavailable 1', 'unavailable 2', 'unavailable 3', 'sent 4'])
})

test('a look that never ends is given up', async () => {
  const { told, hold, settled } = stage(20)
  hold(1, () => gate().promise)
  hold(2)
  await settled()
  expect(told).toEqual(['unavailable 1', 'unavailable 2'])
})

test('of a session that has ended nothing leaves', async () => {
  const { session, held, told, hold, settled } = stage()
  const looked = gate()
  hold(1, () => looked.promise)
  hold(2)
  session.closed = true
  looked.resolve(requestOf(1))
  await settled()
  expect([told, held.count]).toEqual([[], 0])
})
