import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

/** One message of client 7, acked and with both recipients. */
function settled(): Ledger {
  const ledger = new Ledger(2)
  const number = ledger.next(7, 100)
  ledger.deliver(number)
  ledger.ack(number, 7, false)
  ledger.deliver(number)
  return ledger
}

test('a message is complete once it is acked and with everyone, in any order', () => {
  const ledger = settled()
  expect(ledger).toMatchObject({ sent: 1, acked: 1, delivered: 2, completed: 1, isSettled: true })
  expect(ledger.faults()).toEqual({ count: 0, first: [] })
  expect([ledger.due(0), ledger.sender(0)]).toEqual([100, 7])
})

test('a refused message need not arrive', () => {
  const ledger = settled()
  ledger.refuse(ledger.next(7, 200), 7, 'unavailable')
  expect(ledger.isSettled).toBe(true)
  expect([...ledger.refusals]).toEqual([['unavailable', 1]])
  expect(ledger.faults().count).toBe(0)
})

test.each<[string, (ledger: Ledger) => void, RegExp]>([
  ['a second ack', (ledger) => ledger.ack(0, 7, false), /message 0 was answered twice/],
  ['an ack of another client', (ledger) => ledger.ack(0, 8, false), /client 8 did not send/],
  ['an ack of nothing', (ledger) => ledger.ack(5, 7, false), /message 5, which client 7 did not send/],
  [
    'a first send that is acked as a duplicate',
    (ledger) => ledger.ack(ledger.next(7, 0), 7, true),
    /duplicate/,
  ],
  ['a delivery too many', (ledger) => ledger.deliver(0), /message 0 came 3 times/],
  ['a delivery of nothing', (ledger) => ledger.deliver(9), /message 9 was never sent/],
  ['a send without an answer', (ledger) => ledger.next(7, 0), /1 sends were never answered/],
  [
    'an acked message that is nowhere',
    (ledger) => ledger.ack(ledger.next(7, 0), 7, false),
    /1 acked messages did not reach everyone/,
  ],
])('%s is a fault', (_what, act, expected) => {
  const ledger = settled()
  act(ledger)
  expect(ledger.faults().count).toBeGreaterThan(0)
  expect(ledger.faults().first.join('\n')).toMatch(expected)
})

test('it grows with what is sent', () => {
  const ledger = new Ledger(1)
  const count = 200_000
  for (let i = 0; i < count; i++) ledger.next(i % 3, i)
  for (let i = 0; i < count; i++) {
    ledger.ack(i, i % 3, false)
    ledger.deliver(i)
  }
  expect(ledger).toMatchObject({ completed: count, isSettled: true })
  expect(ledger.due(count - 1)).toBe(count - 1)
})
