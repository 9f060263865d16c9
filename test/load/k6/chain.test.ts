import { expect, test } from 'vitest'
import { Chain } from './chain.ts'

function chain(): Chain {
  const made = new Chain()
  made.begin('e:10')
  return made
}

test('events that name each other are next', () => {
  const it = chain()
  expect([it.event('e:11', 'e:10'), it.event('e:15', 'e:11')]).toEqual(['next', 'next'])
})

test('a hole is one gap, and the chain goes on after it', () => {
  const it = chain()
  expect([it.event('e:12', 'e:11'), it.event('e:13', 'e:12')]).toEqual(['gap', 'next'])
})

test('an event that came before is a double, and changes nothing', () => {
  const it = chain()
  it.event('e:11', 'e:10')
  it.event('e:12', 'e:11')
  expect([it.event('e:11', 'e:10'), it.event('e:12', 'e:11'), it.event('e:13', 'e:12')]).toEqual([
    'double',
    'double',
    'next',
  ])
})

test('numbers are compared as numbers, and within an epoch', () => {
  const it = chain()
  expect([it.event('e:9', 'e:8'), it.event('f:1', 'e:10')]).toEqual(['double', 'next'])
})

test('messages of a channel are dense from the first that is seen', () => {
  const it = chain()
  const seen = [7, 8, 8, 10, 11].map((seq) => it.message('c', seq))
  expect(seen).toEqual(['next', 'next', 'double', 'gap', 'next'])
  expect(it.message('d', 1)).toBe('next')
})

test('after a reset any message may be the first', () => {
  const it = chain()
  it.message('c', 3)
  it.begin('e:40')
  expect([it.event('e:41', 'e:40'), it.message('c', 9)]).toEqual(['next', 'next'])
})
