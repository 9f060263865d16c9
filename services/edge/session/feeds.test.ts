import { expect, test } from 'vitest'
import { Feeds, SILENCE_MS } from './feeds.ts'

const batch = (number: number, term = 1) => ({ partition: 0, term, number, beat: false })
const beat = (number: number, term = 1) => ({ partition: 0, term, number, beat: true })

test('numbers that follow on each other are fine; one that is missing is a gap', () => {
  const feeds = new Feeds()
  expect(feeds.answered(0, 1, 4, 0)).toBe('ok')
  expect(feeds.observe(batch(5), 0)).toBe('ok')
  expect(feeds.observe(beat(5), 0)).toBe('ok')
  const before = feeds.generation(0)
  expect(feeds.observe(batch(7), 0)).toBe('gap')
  expect(feeds.generation(0)).toBe(before + 1)
  expect(feeds.observe(batch(8), 0)).toBe('ok')
})

test('a beat betrays that the last message was lost', () => {
  const feeds = new Feeds()
  feeds.answered(0, 1, 4, 0)
  expect(feeds.observe(beat(5), 0)).toBe('gap')
  expect(feeds.observe(beat(5), 0)).toBe('ok')
})

test('the highest term alone counts, and a higher one makes everybody register again', () => {
  const feeds = new Feeds()
  feeds.answered(0, 2, 9, 0)
  expect(feeds.observe(batch(10, 1), 0)).toBe('stale')
  expect(feeds.answered(0, 1, 10, 0)).toBe('stale')
  const before = feeds.generation(0)
  expect(feeds.observe(batch(1, 3), 0)).toBe('new-owner')
  expect(feeds.generation(0)).toBe(before + 1)
  expect(feeds.observe(batch(2, 3), 0)).toBe('ok')
})

test('a message before the first that was seen may have been missed by whoever was told so', () => {
  const feeds = new Feeds()
  feeds.observe(batch(5), 0)
  expect(feeds.answered(0, 1, 4, 0)).toBe('ok')
  expect(feeds.answered(0, 1, 2, 0)).toBe('gap')
})

test('an owner that was not heard for long is silent', () => {
  const feeds = new Feeds()
  feeds.answered(0, 1, 0, 1_000)
  expect(feeds.silent(1_000 + SILENCE_MS - 1)).toEqual([])
  expect(feeds.silent(1_000 + SILENCE_MS)).toEqual([0])
  feeds.renew(0, 1_000 + SILENCE_MS)
  expect(feeds.silent(1_000 + SILENCE_MS)).toEqual([])
})
