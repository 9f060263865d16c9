import { expect, test } from 'vitest'
import { KeyedLimit } from './keyed-limit.ts'

test('so many at once for each key, then one more as time goes by', () => {
  let now = 0
  const limit = new KeyedLimit('tries', 2, 0.5, () => now)
  limit.take('a')
  limit.take('a')
  expect(() => limit.take('a')).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfter: 2 }))
  limit.take('b')
  now = 2_000
  limit.take('a')
  expect(() => limit.take('a')).toThrow(expect.objectContaining({ code: 'rate_limited' }))
})
