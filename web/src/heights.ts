/** What a row is taken for until one has been measured, in CSS pixels. */
const ROW_PX = 48

/** Rows `start` to `end` (exclusive). */
export type Span = { start: number; end: number }

/** How tall rows are: as measured, else as tall as the first ones were on average. In CSS pixels. */
export class Heights {
  readonly #known = new Map<string, number>()
  #estimate: number | undefined

  /** Takes what was measured, by key. The estimate stays what it first was, so that what is unseen doesn't shake. */
  learn(measured: ReadonlyMap<string, number>): void {
    let sum = 0
    for (const [key, height] of measured) {
      this.#known.set(key, height)
      sum += height
    }
    if (this.#estimate === undefined && measured.size > 0 && sum > 0) this.#estimate = sum / measured.size
  }

  /** Another width, other heights: what was known is only good as a guess. */
  forget(): void {
    this.#known.clear()
    this.#estimate = undefined
  }

  /** Where each row begins, and, last, where all of them end. */
  tops(keys: readonly { readonly key: string }[]): Float64Array {
    const tops = new Float64Array(keys.length + 1)
    const estimate = this.#estimate ?? ROW_PX
    let top = 0
    for (const [index, { key }] of keys.entries()) {
      top += this.#known.get(key) ?? estimate
      tops[index + 1] = top
    }
    return tops
  }
}

/** The rows that reach into `from`–`to`; at least one, if there are any. */
export function spanOf(tops: Float64Array, from: number, to: number): Span {
  const count = tops.length - 1
  const start = Math.min(Math.max(lastAtOrBefore(tops, from), 0), Math.max(count - 1, 0))
  let end = Math.max(start, lastAtOrBefore(tops, to))
  if (end < count) end++
  return { start, end: Math.min(end, count) }
}

/** The last index whose top is at `at` or before it; -1 if there is none. */
function lastAtOrBefore(tops: Float64Array, at: number): number {
  let low = 0
  let high = tops.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((tops[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}
