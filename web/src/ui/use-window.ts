import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Heights, type Span, spanOf } from '../heights.ts'

/** How far beyond the screen rows stand ready, in CSS pixels. */
const AHEAD_PX = 900
/** Rows in the document before anything could be measured: the newest. */
const FIRST_ROWS = 40

type Keyed = { readonly key: string }
/** Rows by their keys, which stay when others come above; no `to`: to the end, however it grows. */
type Range = { readonly from: string; readonly to: string | undefined }

/** What stands in the document: rows, and the height of those between them that don't. */
export type Part<Row> = { gap: number; key: string } | { row: Row; index: number }

/**
 * Of many rows, puts those into the document that are in sight or nearly so, and one that holds the focus wherever
 * it is. `look` is to be called after each render and each scroll.
 */
export function useWindow<Row extends Keyed>(
  rows: readonly Row[],
  log: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  /** Whether a row stays between the same neighbours, unlike one that marks where something begins. */
  stays: (row: Row) => boolean,
) {
  const heights = useRef(new Heights()).current
  const [range, setRange] = useState<Range>()
  const [held, setHeld] = useState<string>()
  const width = useRef(0)
  const tops = heights.tops(rows)
  const span = resolve(rows, range)
  // Marks belong to the row that follows them.
  for (
    let before = rows[span.start - 1];
    before !== undefined && !stays(before);
    before = rows[span.start - 1]
  )
    span.start--

  const show = (next: Span) => {
    const from = rows.slice(0, next.start + 1).findLast(stays) ?? rows.find(stays)
    if (from === undefined) return
    const to = next.end >= rows.length ? undefined : rows.slice(next.end - 1).find(stays)
    // The same again is no news: to say it would go round for ever.
    if (range?.from !== from.key || range.to !== to?.key) setRange({ from: from.key, to: to?.key })
    setHeld(heldKey(list.current))
  }

  const measure = () => {
    const element = list.current
    if (element === null) return
    if (element.clientWidth !== width.current) heights.forget()
    width.current = element.clientWidth
    const measured = new Map<string, number>()
    for (const row of element.children) {
      const key = row instanceof HTMLElement ? row.dataset.row : undefined
      if (key !== undefined) measured.set(key, row.getBoundingClientRect().height)
    }
    heights.learn(measured)
  }

  /** Measures what stands there and moves on when the screen comes near to its end. */
  const look = () => {
    if (log.current === null || list.current === null || rows.length === 0) return
    measure()
    const now = heights.tops(rows)
    const top = log.current.getBoundingClientRect().top - list.current.getBoundingClientRect().top
    const bottom = top + log.current.clientHeight
    const total = now[rows.length] ?? 0
    const enough =
      (now[span.start] ?? 0) <= Math.max(0, top - AHEAD_PX / 2) &&
      (now[span.end] ?? 0) >= Math.min(total, bottom + AHEAD_PX / 2)
    const tooMuch =
      top - (now[span.start] ?? 0) > 2 * AHEAD_PX || (now[span.end] ?? 0) - bottom > 2 * AHEAD_PX
    if (!enough || tooMuch) show(spanOf(now, top - AHEAD_PX, bottom + AHEAD_PX))
  }

  /** Puts a row into the document, with some around it; false if there is no such row. */
  const bring = (key: string): boolean => {
    const index = rows.findIndex((row) => row.key === key)
    if (index === -1) return false
    if (index < span.start || index >= span.end) {
      const half = FIRST_ROWS / 2
      show({ start: Math.max(0, index - half), end: Math.min(rows.length, index + half) })
    }
    return true
  }

  // What stands at the very top can't be made up for by scrolling: it is always there, and so as tall as it is.
  const lead = Math.max(0, rows.findIndex(stays))
  return { parts: partsOf(rows, span, tops, held, Math.min(lead, span.start)), look, bring }
}

function resolve(rows: readonly Keyed[], range: Range | undefined): Span {
  const tail = { start: Math.max(0, rows.length - FIRST_ROWS), end: rows.length }
  if (range === undefined) return tail
  const start = rows.findIndex((row) => row.key === range.from)
  const last = range.to === undefined ? rows.length - 1 : rows.findLastIndex((row) => row.key === range.to)
  if (start === -1 && last === -1) return tail
  if (start === -1) return { start: Math.max(0, last + 1 - FIRST_ROWS), end: last + 1 }
  if (last < start) return { start, end: Math.min(rows.length, start + FIRST_ROWS) }
  return { start, end: last + 1 }
}

const heldKey = (list: HTMLElement | null): string | undefined =>
  list?.contains(document.activeElement)
    ? document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row
    : undefined

function partsOf<Row extends Keyed>(
  rows: readonly Row[],
  span: Span,
  tops: Float64Array,
  held: string | undefined,
  lead: number,
): Part<Row>[] {
  const parts: Part<Row>[] = []
  const gap = (name: string, from: number, to: number) => {
    if (to > from) parts.push({ gap: (tops[to] ?? 0) - (tops[from] ?? 0), key: `gap-${name}` })
  }
  const put = (index: number) => {
    const row = rows[index]
    if (row !== undefined) parts.push({ row, index })
  }
  const alone = held === undefined ? -1 : rows.findIndex((row) => row.key === held)
  const above = alone >= lead && alone < span.start
  const below = alone >= span.end
  for (let index = 0; index < lead; index++) put(index)
  gap('top', lead, above ? alone : span.start)
  if (above) {
    put(alone)
    gap('above', alone + 1, span.start)
  }
  for (let index = span.start; index < span.end; index++) put(index)
  gap('below', span.end, below ? alone : rows.length)
  if (below) {
    put(alone)
    gap('end', alone + 1, rows.length)
  }
  return parts
}
