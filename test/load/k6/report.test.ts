import { expect, test } from 'vitest'
import { htmlOf } from './html.ts'
import { type Report, reportOf, textOf } from './report.ts'

const counter = (count: number, thresholds: Record<string, { ok: boolean }> = {}) => ({
  type: 'counter',
  values: { count, rate: 1 },
  thresholds,
})
const times = { count: 4, min: 1, avg: 2, med: 2, 'p(90)': 3, 'p(99)': 40, 'p(99.9)': 41, max: 42 }

const report = (gaps = 0): Report =>
  reportOf({
    scenario: 'one-to-one',
    at: '2026-01-01T00:00:00.000Z',
    edges: ['http://<edge>'],
    users: 2,
    seconds: 10,
    lastedMs: 12_000,
    options: { WEFT_LOAD_USERS: '2' },
    metrics: {
      load_sent: counter(50),
      load_gaps: counter(gaps, { 'count==0': { ok: gaps === 0 } }),
      load_refused: counter(3),
      'load_refused{code:unavailable}': counter(3, { 'count>=0': { ok: true } }),
      'load_refused{code:forbidden}': counter(0, { 'count>=0': { ok: true } }),
      load_ack_ms: { type: 'trend', values: times, thresholds: { 'p(99)<=500': { ok: true } } },
      load_history_ms: { type: 'trend', values: { count: 0 }, thresholds: { 'p(99)<=500': { ok: true } } },
    },
  })

test('rates are of the length of the load, not of the whole run', () => {
  expect(report().counts).toContainEqual({ metric: 'load_sent', what: 'sends', count: 50, per_second: 5 })
})

test('a threshold that was crossed fails the run, and says what was found', () => {
  expect(report().passed).toBe(true)
  const failed = report(2)
  expect(failed.passed).toBe(false)
  expect(failed.thresholds[0]).toEqual({ metric: 'load_gaps', expression: 'count==0', found: '2', ok: false })
  expect(textOf(failed)).toContain('FAILED  load_gaps count==0: 2')
  expect(htmlOf(failed)).toContain('FAILED')
})

test('limits on what did not happen, and those that only show a tag, are not told', () => {
  expect(report().thresholds.map(({ metric }) => metric)).toEqual(['load_gaps', 'load_ack_ms'])
})

test('refusals are told by code', () => {
  expect(report().refused).toEqual({ unavailable: 3 })
  expect(textOf(report())).toContain('refused by code: unavailable 3')
})

test('the page is whole by itself, and what it quotes is escaped', () => {
  const page = htmlOf(report())
  expect(page).toContain('http://&lt;edge&gt;')
  expect(page).not.toMatch(/<script|src=|href=|@import|url\(/)
})
