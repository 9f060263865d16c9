import { expect, test } from 'vitest'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import { Log, owner, userOf } from '../harness.ts'

const [friend] = [userOf(1)]

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof WeftError) return error.code
    throw error
  }
}

test('who is blocked puts nothing before the other by an edit, a reaction or a sign of typing, and may take theirs back', () => {
  const log = new Log()
  log.create([friend], 'direct')
  log.send(friend)
  log.ask(owner, { op: 'block', on: true })
  const edit = { op: 'edit', seq: 1, body: 'you can’t shut me up' } as const
  const react = { op: 'react', seq: 1, emoji: '🖕', on: true } as const
  expect(codeOf(() => log.ask(friend, edit, friend))).toBe('forbidden')
  expect(codeOf(() => log.ask(friend, react, friend))).toBe('forbidden')
  expect(codeOf(() => log.typing().may(log.channel.id, friend))).toBe('forbidden')
  expect(log.ask(friend, { op: 'delete', seq: 1 }, friend)).toBe(1)
  log.ask(owner, { op: 'block', on: false })
  expect(codeOf(() => log.typing().may(log.channel.id, friend))).toBe('ok')
})

test('what is asked twice before the first stands is one record: nothing is counted twice', () => {
  const log = new Log()
  log.create([friend])
  log.send(owner)
  const react = { op: 'react', seq: 1, emoji: '👍', on: true } as const
  const asked = [react, react, { ...react, on: false }, { ...react, on: false }, react]
  expect(log.askTogether(friend, asked, owner)).toBe(3)
  // And later, when they do stand.
  expect(log.ask(friend, react, owner)).toBe(0)
  const remove = { op: 'delete', seq: 1 } as const
  expect(log.askTogether(owner, [remove, remove], owner)).toBe(1)
  expect(codeOf(() => log.ask(friend, { ...react, on: false }, owner))).toBe('conflict')
})

test('nothing is written to a message whose deletion is on its way into the log', () => {
  const log = new Log()
  log.create([friend])
  log.send(owner)
  const edit = { op: 'edit', seq: 1, body: 'too late' } as const
  expect(codeOf(() => log.askTogether(owner, [{ op: 'delete', seq: 1 }, edit], owner))).toBe('conflict')
})
