import { expect, test } from 'vitest'
import { parseCursor } from './cursor.ts'

test('a cursor is an epoch and a number', () => {
  expect(parseCursor('e1:42')).toEqual({ epoch: 'e1', n: 42 })
})

test.each([
  '',
  'e1',
  'e1:',
  ':1',
  'e1:-1',
  'e1:1.5',
  'e.1:1',
  'e1:1:2',
  '>:1',
  `e1:${'9'.repeat(16)}`,
  `e1:${2 ** 47 + 1}`,
  `${'e'.repeat(65)}:1`,
])('%j is none', (text) => {
  expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: 'bad_frame' }))
})
