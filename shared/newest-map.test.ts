import { expect, test } from 'vitest'
import { NewestMap } from './newest-map.ts'

const KEEP = 100

test('what was set or read last is held, and at most twice as much', () => {
  const map = new NewestMap<number, string>(KEEP)
  for (let key = 0; key < 10 * KEEP; key++) {
    map.set(key, `${key}`)
    expect(map.get(0)).toBe('0')
  }
  const newestFirst = Array.from({ length: 10 * KEEP }, (_, i) => 10 * KEEP - 1 - i)
  const found = newestFirst.filter((key) => map.get(key) !== undefined)
  expect(found.slice(0, KEEP - 1)).toEqual(newestFirst.slice(0, KEEP - 1))
  expect(found.length).toBeLessThanOrEqual(2 * KEEP)
})

test('what is set anew is what is found', () => {
  const map = new NewestMap<string, number>(2)
  expect(map.isEmpty).toBe(true)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  expect(map.get('a')).toBe(3)
  expect(map.isEmpty).toBe(false)
})
