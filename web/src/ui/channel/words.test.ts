import { expect, it } from 'vitest'
import { DISAPPEAR_S, kindOf, LINK_S, spanWords } from './words.ts'

it('says spans in words that people use', () => {
  expect(DISAPPEAR_S.map(spanWords)).toEqual([
    '30 seconds',
    '5 minutes',
    '1 hour',
    '8 hours',
    '1 day',
    '1 week',
    '4 weeks',
  ])
  expect(LINK_S.map(spanWords)).toEqual(['1 hour', '1 day', '1 week', '30 days'])
  // Other clients may set any.
  expect([90, 7_200, 100_000, 864_000].map(spanWords)).toEqual([
    '2 minutes',
    '2 hours',
    '28 hours',
    '10 days',
  ])
})

it('says what kind of conversation it is', () => {
  expect(kindOf({ kind: 'group', public: false })).toBe('Private group')
  expect(kindOf({ kind: 'broadcast', public: true })).toBe('Public broadcast channel')
})
