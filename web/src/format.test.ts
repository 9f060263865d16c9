import { describe, expect, it } from 'vitest'
import { briefTime, dayName, initials, isJumbo, leftWords, tintOf } from './format.ts'

const now = new Date(2026, 2, 12, 9, 0)

describe('days', () => {
  it.each([
    [new Date(2026, 2, 12, 0, 1), 'Today'],
    [new Date(2026, 2, 11, 23, 59), 'Yesterday'],
    [new Date(2026, 2, 8, 12, 0), 'Sunday'],
    [new Date(2026, 0, 3, 12, 0), 'Saturday, January 3'],
    [new Date(2024, 0, 3, 12, 0), 'January 3, 2024'],
  ])('%s is %s', (at, name) => {
    expect(dayName(at, now)).toBe(name)
  })

  it('are short in the list', () => {
    expect(briefTime(new Date(2026, 2, 11, 23, 59), now)).toBe('Yesterday')
    expect(briefTime(new Date(2026, 2, 8), now)).toBe('Sun')
    expect(briefTime(new Date(2026, 0, 3), now)).toBe('Jan 3')
  })
})

describe('names', () => {
  it.each([
    ['ada', 'A'],
    ['Ada Lovelace', 'AL'],
    ['grace.b.hopper', 'GH'],
    ['👩‍🚀 space', '👩‍🚀S'],
    ['', '?'],
  ])('%s is shown as %s', (name, expected) => {
    expect(initials(name)).toBe(expected)
  })

  it('keep their tint', () => {
    for (let i = 0; i < 500; i++) expect(tintOf(`user-${i}-${i * 7919}`)).toBeOneOf([0, 1, 2, 3, 4, 5, 6, 7])
    expect(tintOf('u_1')).toBe(tintOf('u_1'))
    expect(new Set(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(tintOf)).size).toBeGreaterThan(4)
  })
})

describe('how long until something is over', () => {
  it('is told in its largest unit', () => {
    const seconds = [0, 1, 59.5, 60, 61, 3_599, 3_600, 86_399, 86_400, 700_000]
    expect(seconds.map((s) => leftWords(s * 1_000))).toEqual([
      '0 s',
      '1 s',
      '1 min',
      '1 min',
      '2 min',
      '1 h',
      '1 h',
      '1 d',
      '1 d',
      '9 d',
    ])
  })
})

describe('texts', () => {
  it('of up to three emoji are jumbo', () => {
    expect(isJumbo('🎉')).toBe(true)
    expect(isJumbo('👩‍👩‍👧 ❤️')).toBe(true)
    expect(isJumbo('🎉🎉🎉🎉')).toBe(false)
    expect(isJumbo('🇵🇹 👍🏽')).toBe(true)
    expect(isJumbo('123')).toBe(false)
    expect(isJumbo('ok 🎉')).toBe(false)
    expect(isJumbo('  ')).toBe(false)
  })
})
