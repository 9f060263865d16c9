import { expect, test } from 'vitest'
import { withFigures } from './markdown.ts'
import type { Report } from './report.ts'

const report: Report = {
  machine: {
    date: '2000-01-01T00:00:00.000Z',
    cpu: 'A processor',
    cores: 2,
    memoryGib: 4,
    kernel: '6',
    node: 'v22',
    natsServer: 'nats-server: v2',
    commit: 'abc',
    pinned: true,
    dataOnTmpfs: false,
  },
  rows: [
    {
      name: 'speed',
      title: 'How fast',
      date: '2000-01-01T00:00:00.000Z',
      commit: 'abc',
      figures: { messages: { median: 20, min: 10, max: 30, unit: '/s' } },
      notes: ['quiet'],
      faults: ['lost one'],
      runs: [],
    },
  ],
}

test('the figures stand between the marks, and the rest of the page stays; twice is once', () => {
  const page = 'before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n'
  const written = withFigures(page, report)
  expect(written).toMatch(/^before\n<!-- figures -->\n\n/)
  expect(written).toMatch(/\n<!-- end of figures -->\nafter\n$/)
  expect(written).not.toContain('old')
  expect(written).toContain('| messages | 20.0 /s | 10.0 … 30.0 |')
  expect(written).toContain('- **Fault**: lost one\n- quiet')
  expect(withFigures(written, report)).toBe(written)
  expect(() => withFigures('nothing', report)).toThrow('lacks')
})
