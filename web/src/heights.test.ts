import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Heights, spanOf } from './heights.ts'

const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}` }))

describe('heights', () => {
  it('are measured ones, and for the rest the mean of the first that were measured', () => {
    const heights = new Heights()
    heights.learn(
      new Map([
        ['k0', 20],
        ['k1', 60],
      ]),
    )
    heights.learn(new Map([['k2', 500]]))
    expect([...heights.tops(rows(4))]).toEqual([0, 20, 80, 580, 620])
    heights.forget()
    expect(heights.tops(rows(2))[2]).toBe(96)
  })
})

describe('the span of what is in sight', () => {
  it('covers it and is no more than it needs to be, whatever the heights', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(sizes, fc.nat(60_000), fc.nat(2_000), (px, from, tall) => {
        const heights = new Heights()
        heights.learn(new Map(px.map((height, i) => [`k${i}`, height])))
        const tops = heights.tops(rows(px.length))
        const total = tops[px.length] ?? 0
        const to = from + tall
        const { start, end } = spanOf(tops, from, to)
        expect(end).toBeGreaterThan(start)
        expect(tops[start]).toBeLessThanOrEqual(from)
        expect(tops[end]).toBeGreaterThanOrEqual(Math.min(to, total))
        if (from < total) expect(tops[start + 1]).toBeGreaterThan(from)
        if (end - start > 1) expect(tops[end - 1]).toBeLessThanOrEqual(to)
      }),
    )
  })

  it('is empty when there is nothing', () => {
    expect(spanOf(new Heights().tops([]), 0, 500)).toEqual({ start: 0, end: 0 })
  })
})
