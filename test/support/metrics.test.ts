import { expect, test } from 'vitest'
import { grown, parseMetrics, total } from './metrics.ts'

const text = `# HELP a_total Something
# TYPE a_total counter
a_total{kind="log",outcome="committed"} 3
a_total{kind="sync",outcome="committed"} 4
a_total{kind="log",outcome="conflict"} 1
a_total_other 100
plain 2.5
`

test('a metric is summed over the labels that are asked for', () => {
  const metrics = parseMetrics(text)
  expect(total(metrics, 'a_total')).toBe(8)
  expect(total(metrics, 'a_total', { kind: 'log' })).toBe(4)
  expect(total(metrics, 'a_total', { kind: 'log', outcome: 'committed' })).toBe(3)
  expect(total(metrics, 'plain')).toBe(2.5)
  expect(total(metrics, 'missing')).toBe(0)
})

test('growth is what was added, from nothing where it was not there before', () => {
  expect(grown(parseMetrics(''), parseMetrics(text), 'a_total', { kind: 'sync' })).toBe(4)
  expect(grown(parseMetrics('plain 2'), parseMetrics(text), 'plain')).toBe(0.5)
})
