import { describe, expect, it } from 'vitest'
import { toRows } from './rows.ts'
import type { Line } from './types.ts'

const line = (seq: number, from: string, at: Date): Line => ({
  key: `k${seq}`,
  seq,
  from,
  at,
  text: `text ${seq}`,
  mine: from === 'me',
  state: 'sent',
})
const minute = (n: number) => new Date(2026, 2, 12, 9, n)

describe('the rows of a conversation', () => {
  it('stand together by sender, until five minutes pass', () => {
    const rows = toRows(
      [
        line(1, 'ada', minute(0)),
        line(2, 'ada', minute(1)),
        line(3, 'ada', minute(9)),
        line(4, 'me', minute(9)),
      ],
      undefined,
    )
    expect(rows.map((row) => (row.kind === 'line' ? [row.line.seq, row.first, row.last] : row.kind))).toEqual(
      ['day', [1, true, false], [2, false, true], [3, true, true], [4, true, true]],
    )
  })

  it('have one day mark a day', () => {
    const rows = toRows(
      [line(1, 'ada', new Date(2026, 2, 11, 23, 59)), line(2, 'ada', new Date(2026, 2, 12, 0, 0))],
      undefined,
    )
    expect(rows.map((row) => row.kind)).toEqual(['day', 'line', 'day', 'line'])
  })

  it('mark what is new before the first new line of someone else, once', () => {
    const rows = toRows(
      [
        line(1, 'ada', minute(0)),
        line(2, 'me', minute(0)),
        line(3, 'ada', minute(1)),
        line(4, 'ada', minute(1)),
      ],
      1,
    )
    expect(rows.map((row) => row.kind)).toEqual(['day', 'line', 'line', 'fresh', 'line', 'line'])
  })

  it('mark all when nothing had been read', () => {
    const rows = toRows([line(1, 'ada', minute(0))], 0)
    expect(rows.map((row) => row.kind)).toEqual(['day', 'fresh', 'line'])
  })

  it('are none for no lines', () => {
    expect(toRows([], 5)).toEqual([])
  })
})
