import { expect, test } from 'vitest'
import { unavailable } from '../../../shared/protocol/errors.ts'
import { type SessionId, trusted } from '../../../shared/protocol/ids.ts'
import { Outgoing } from './outgoing.ts'
import { Session } from './session.ts'
import { passingFrame } from './splice.ts'

const error = unavailable('not now')

/** A session and what was written to its socket: a list a write. */
function recorded(buffered = () => 0) {
  const writes: string[][] = []
  const outgoing = new Outgoing(1e6)
  const socket = {
    send: (data: string | Uint8Array) => void writes.at(-1)?.push(String(data)),
    buffered,
    cork: (run: () => void) => {
      writes.push([])
      run()
    },
    end: () => {},
  }
  const id = trusted<SessionId>('s')
  return {
    session: new Session({ transport: 'websocket', id, socket, outgoing, sendBucket: null }),
    outgoing,
    writes,
  }
}

const kinds = (write: readonly string[] | undefined) =>
  write?.map((text) => {
    const frame: { t: string; id?: number } = JSON.parse(text)
    return frame.id === undefined ? frame.t : `${frame.t} ${frame.id}`
  })

test('refusals of a moment are one write with one ping after them', async () => {
  const { session, outgoing, writes } = recorded()
  const pings = [1, 2, 3].map((id) => session.refuse(id, error, 0))
  expect(pings).toEqual([1, 1, 1])
  outgoing.flushOne(session)
  expect(writes.map(kinds)).toEqual([['error 1', 'error 2', 'error 3', 'ping']])
  expect(session.refuse(4, error, 0)).toBe(2)
  await expect.poll(() => writes.length).toBe(2)
  expect(kinds(writes[1])).toEqual(['error 4', 'ping'])
})

test('they go out before whatever else is written, so that no later ping is answered without them', () => {
  const { session, outgoing, writes } = recorded()
  session.refuse(1, error, 0)
  session.ping(0)
  expect(session.pingsSent).toBe(2)
  outgoing.flushOne(session)
  expect(writes.map(kinds)).toEqual([['error 1', 'ping', 'ping']])
})

test('many at once do not wait, and one that no ping has to follow brings none', () => {
  const { session, writes } = recorded()
  for (let id = 1; id <= 100; id++) session.refuse(id, error, null)
  expect(writes).toHaveLength(1)
  expect(writes[0]).toHaveLength(100)
  expect(session.pingsSent).toBe(0)
})

test('a passing event goes out as it is, unless its client owes much already', () => {
  let owed = 0
  const { session, outgoing, writes } = recorded(() => owed)
  const frame = passingFrame(Buffer.from('{"kind":"typing"}'))
  session.passing(frame)
  outgoing.flushOne(session)
  expect(writes).toEqual([['{"t":"event","event":{"kind":"typing"}}']])
  owed = 500_000
  session.passing(frame)
  session.frame({ t: 'pong' })
  outgoing.flushOne(session)
  expect(writes[1]).toEqual(['{"t":"pong"}'])
})
