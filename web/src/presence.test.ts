import { describe, expect, it } from 'vitest'
import { presenceWords } from './presence.ts'

const now = new Date(2026, 2, 12, 15, 0)

describe('what is said of somebody’s presence', () => {
  it.each([
    [undefined, ''],
    [{ user: 'u', status: 'online' as const }, 'Online'],
    [{ user: 'u', status: 'busy' as const, text: 'in a meeting' }, 'Busy · in a meeting'],
    [{ user: 'u', status: 'offline' as const, last_seen: null }, ''],
  ])('%j is "%s"', (presence, words) => {
    expect(presenceWords(presence, now)).toBe(words)
  })

  it('is when they were last seen, once they are gone', () => {
    const seen = (at: Date) =>
      presenceWords({ user: 'u', status: 'offline', last_seen: at.toISOString() }, now)
    expect(seen(new Date(2026, 2, 12, 9, 5))).toMatch(/^Last seen today at .*05/)
    expect(seen(new Date(2026, 2, 11, 9, 5))).toMatch(/^Last seen yesterday at/)
    expect(seen(new Date(2026, 1, 1))).toBe('Last seen Feb 1')
  })
})
