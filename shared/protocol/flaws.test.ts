import { expect, test } from 'vitest'
import { flawIn } from './flaws.ts'
import { MAX_JSON_DEPTH } from './limits.ts'

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)

test('the field is named that is nested deeper than the limit, itself a level', () => {
  expect(flawIn({ t: 'send', body: 'x' })).toBeUndefined()
  expect(flawIn({ t: 'send', body: nested(MAX_JSON_DEPTH - 1) })).toBeUndefined()
  expect(flawIn({ t: 'send', body: nested(MAX_JSON_DEPTH) })).toBe('body: is nested more than 64 deep')
  expect(flawIn({ t: 'send', id: 1, x: [[1], { y: nested(30_000) }] })).toMatch(/^x: is nested/)
  expect(flawIn([1, nested(30_000)])).toMatch(/^1: is nested/)
})

test('half of a surrogate pair is no text, wherever it stands; a whole one is', () => {
  expect(flawIn({ body: '👍', other: { '👍': ['👍'] } })).toBeUndefined()
  expect(flawIn({ body: 'a\ud83d' })).toMatch(/^body: is not Unicode/)
  expect(flawIn({ body: { text: ['\udc4da'] } })).toMatch(/^body: is not Unicode/)
  expect(flawIn({ body: { 'a\ud83d': 1 } })).toMatch(/^body: is not Unicode/)
  expect(flawIn({ 'a\ud83d': 1 })).toMatch(/^a\ufffd: is not Unicode/)
})
