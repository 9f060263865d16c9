import { dayKey } from './format.ts'
import type { Line } from './types.ts'

/** Messages of one sender within this time stand together. */
const RUN_MS = 5 * 60_000

export type Row =
  | { kind: 'day'; key: string; at: Date }
  | { kind: 'fresh'; key: string }
  | { kind: 'line'; key: string; line: Line; first: boolean; last: boolean }

export const isLine = (row: Row) => row.kind === 'line'

/**
 * Puts days and the mark of what is new between the lines, and says which line begins and ends a run of one sender.
 * `freshAfter` is the last seq that had been read when the conversation was opened; `undefined` for no mark.
 */
export function toRows(lines: readonly Line[], freshAfter: number | undefined): Row[] {
  const rows: Row[] = []
  let before: Extract<Row, { kind: 'line' }> | undefined
  let marked = freshAfter === undefined
  for (const line of lines) {
    const newDay = before === undefined || dayKey(before.line.at) !== dayKey(line.at)
    const startsFresh = !marked && line.seq > (freshAfter ?? 0) && !line.mine
    const joined =
      before !== undefined &&
      !newDay &&
      !startsFresh &&
      before.line.from === line.from &&
      line.at.getTime() - before.line.at.getTime() < RUN_MS
    if (before !== undefined && !joined) before.last = true
    if (newDay) rows.push({ kind: 'day', key: `day-${dayKey(line.at)}`, at: line.at })
    if (startsFresh) {
      rows.push({ kind: 'fresh', key: 'fresh' })
      marked = true
    }
    before = { kind: 'line', key: line.key, line, first: !joined, last: false }
    rows.push(before)
  }
  if (before !== undefined) before.last = true
  return rows
}
