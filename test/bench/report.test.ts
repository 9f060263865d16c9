import { expect, test } from 'vitest'
import { formatNumber, formatRow, summarize } from './report.ts'
import { figure } from './row.ts'

const head = { name: 'x', title: 'A row', date: 'today', commit: 'abc' }
const run = (value: number, faults: readonly string[] = []) => ({
  figures: { speed: figure(value, '/s') },
  notes: ['quiet'],
  faults,
})

test('runs become medians with their range, and tell which of them had a fault', () => {
  const report = summarize(head, [run(10), run(30, ['1 acked messages did not reach everyone']), run(20)])
  expect(report.figures).toEqual({ speed: { median: 20, min: 10, max: 30, unit: '/s' } })
  expect(report.faults).toEqual(['run 2: 1 acked messages did not reach everyone'])
  expect(formatRow(report)).toContain('FAULT: run 2: 1 acked')
  expect(formatRow(report)).toMatch(/speed +20\.0 \/s +\(10\.0 … 30\.0\)/)
})

test('numbers keep the digits that count', () => {
  expect([0, 0.0123, 1.234, 12.34, 123.4, 12_345.6].map(formatNumber)).toEqual([
    '0',
    '0.012',
    '1.23',
    '12.3',
    '123',
    '12,346',
  ])
})
