import { expect, test } from 'vitest'
import { Outbox } from './outbox.ts'

function outbox(...cids: readonly string[]): Outbox {
  const made = new Outbox()
  for (const cid of cids) made.add({ cid, channel: 'c', dueMs: 100 })
  return made
}

test('acked and back, in either order, leaves nothing', () => {
  const it = outbox('a', 'b')
  it.acked('a')
  expect([it.back('a'), it.back('b')]).toEqual(['first', 'first'])
  it.acked('b')
  expect([it.unanswered, it.missing]).toEqual([0, 0])
})

test('acked and never back is missing', () => {
  const it = outbox('a', 'b')
  it.acked('a')
  expect([it.unanswered, it.missing]).toEqual([1, 1])
})

test('what comes back twice is told, before and after the ack', () => {
  const it = outbox('a', 'b')
  expect([it.back('a'), it.back('a')]).toEqual(['first', 'again'])
  it.acked('b')
  expect([it.back('b'), it.back('b')]).toEqual(['first', 'again'])
})

test('what was refused may come back once, and need not', () => {
  const it = outbox('a', 'b')
  it.refused('a')
  it.refused('b')
  expect([it.back('a'), it.back('a')]).toEqual(['first', 'again'])
  expect([it.unanswered, it.missing]).toEqual([0, 0])
})

test('an ack for what does not wait is none', () => {
  expect(outbox('a').acked('b')).toBeUndefined()
})

test('what waited while its user was away is due when they come back', () => {
  const it = outbox('a')
  it.postpone(50)
  expect(it.waiting).toEqual([{ cid: 'a', channel: 'c', dueMs: 100 }])
  it.postpone(300)
  expect(it.acked('a')?.dueMs).toBe(300)
})
