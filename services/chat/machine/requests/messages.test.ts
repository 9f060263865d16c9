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

test('one who toggles a reaction 20,000 times is remembered by how it ended, and forgotten once the store has it', () => {
  const log = new Log()
  log.create([friend])
  log.send(owner)
  const react = (on: boolean) => ({ op: 'react', seq: 1, emoji: '👍', on }) as const
  const recent = () => log.state.changes.ahead(log.channel.id, 1).reactions
  const toggles = Array.from({ length: 1_000 }, (_, n) => react(n % 2 === 0))
  for (let n = 0; n < 20; n++) {
    expect(log.askTogether(friend, toggles, owner)).toBe(1_000)
    log.state.changes.confirm(log.packs.length)
    expect(recent()?.size).toBe(1)
  }
  expect(log.ask(friend, react(false), owner)).toBe(0)
  expect(log.ask(friend, react(true), owner)).toBe(1)
  for (let n = 0; n < 10_000; n++)
    log.ask(owner, { op: 'react', seq: 1, emoji: '🎉', on: n % 2 === 0 }, owner)
  expect(recent()?.of('👍', friend)).toBe(true)
  log.state.changes.confirm(log.packs.length)
  expect(recent()?.of('👍', friend)).toBeUndefined()
  expect(recent()?.size).toBe(1)
})

test('of 20 different emoji one that everybody took back makes room for another', () => {
  const log = new Log()
  log.create([friend])
  log.send(owner)
  const react = (n: number, on = true) => ({ op: 'react', seq: 1, emoji: `e${n}`, on }) as const
  for (let n = 0; n < 20; n++) log.ask(friend, react(n), owner)
  expect(codeOf(() => log.ask(owner, react(20), owner))).toBe('too_large')
  log.ask(owner, react(7), owner)
  log.ask(friend, react(7, false), owner)
  expect(codeOf(() => log.ask(owner, react(20), owner))).toBe('too_large')
  log.ask(owner, react(7, false), owner)
  expect(log.ask(owner, react(20), owner)).toBe(1)
  const held = log.replayed().state.changes.ahead(log.channel.id, 1).reactions
  expect(held?.added().toSorted()).toEqual(
    log.state.changes.ahead(log.channel.id, 1).reactions?.added().toSorted(),
  )
})
