import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

/** A deterministic spread over six orders of magnitude. */
const values = Array.from({ length: 20_000 }, (_, i) => Math.floor(1.0007 ** i) % 3_000_000)

test('every quantile is within one part in a thousand of the exact one', () => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  const sorted = [...values].sort((a, b) => a - b)
  for (const share of [0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
    expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact)
    expect(histogram.quantile(share)).toBeLessThanOrEqual(exact * 1.001 + 1)
  }
  expect(histogram.count).toBe(values.length)
  expect(histogram.max).toBe(sorted.at(-1))
})

test('small values are kept exactly', () => {
  const histogram = new Histogram()
  for (const value of [0, 1, 2, 3, 2_047]) histogram.record(value)
  expect([0.2, 0.4, 0.6, 0.8, 1].map((share) => histogram.quantile(share))).toEqual([0, 1, 2, 3, 2_047])
})

test('an empty one has zeros; what is negative, or beyond its range, counts at the end of it', () => {
  const histogram = new Histogram()
  expect([histogram.quantile(0.5), histogram.max, histogram.mean]).toEqual([0, 0, 0])
  histogram.record(-5)
  expect(histogram.quantile(1)).toBe(0)
  histogram.record(1e12)
  expect(histogram.quantile(1)).toBe(2 ** 32 - 1)
})
