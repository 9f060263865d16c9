import { expect, test } from 'vitest'
import { spread } from './statistics.ts'

test('the median is the middle one, or between the middle two', () => {
  expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 })
  expect(spread([10, 2, 4, 1])).toEqual({ median: 3, min: 1, max: 10 })
  expect(spread([7])).toEqual({ median: 7, min: 7, max: 7 })
  expect(() => spread([])).toThrow('no runs')
})
