import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Edge, type Log, PAGE } from './timeline.ts'
import type { Line } from './types.ts'

export type FetchReplies = (where: {
  before?: number
  after?: number
}) => Promise<{ lines: readonly Line[]; more: boolean }>

/** One thread: its newest replies first, older ones as the reader moves up. In order, but not dense as a conversation is. */
export class ThreadLog implements Log {
  readonly #lines: Signal<readonly Line[]> = signal([])
  readonly #older: Signal<Edge> = signal('more')
  readonly #newer: Signal<Edge> = signal('none')
  readonly #root: Signal<Line | undefined> = signal(undefined)
  readonly #seq: number
  readonly #fetch: FetchReplies
  readonly #fetchRoot: () => Promise<Line | undefined>

  constructor(seq: number, fetch: FetchReplies, fetchRoot: () => Promise<Line | undefined>) {
    this.#seq = seq
    this.#fetch = fetch
    this.#fetchRoot = fetchRoot
  }

  /** What it began with, if there is nothing between that and what is held; then the replies. */
  get lines(): ReadonlySignal<readonly Line[]> {
    return this.#lines
  }
  get root(): ReadonlySignal<Line | undefined> {
    return this.#root
  }
  get older(): ReadonlySignal<Edge> {
    return this.#older
  }
  get newer(): ReadonlySignal<Edge> {
    return this.#newer
  }

  async latest(): Promise<void> {
    if (this.#older.value === 'loading') return
    this.#older.value = 'loading'
    try {
      const [{ lines, more }, root] = await Promise.all([this.#fetch({}), this.#fetchRoot()])
      this.#root.value = root
      this.#merge(lines)
      this.#older.value = more ? 'more' : 'none'
    } catch {
      this.#older.value = 'failed'
    }
  }

  async loadOlder(): Promise<void> {
    const first = this.#lines.value[0]?.seq
    if (first === undefined || this.#root.value === undefined) return this.latest()
    if (this.#older.value === 'loading' || this.#older.value === 'none') return
    this.#older.value = 'loading'
    try {
      const { lines, more } = await this.#fetch({ before: first })
      this.#merge(lines)
      this.#older.value = more ? 'more' : 'none'
    } catch {
      this.#older.value = 'failed'
    }
  }

  /** What came while nothing was heard. */
  async loadNewer(): Promise<void> {
    const last = this.#lines.value.at(-1)?.seq
    if (last === undefined) return this.latest()
    if (this.#newer.value === 'loading') return
    this.#newer.value = 'loading'
    try {
      let more = true
      for (let after = last; more; after = this.#lines.value.at(-1)?.seq ?? after) {
        const page = await this.#fetch({ after })
        this.#merge(page.lines)
        more = page.more && page.lines.length > 0
      }
      this.#newer.value = 'none'
    } catch {
      this.#newer.value = 'failed'
    }
  }

  add(line: Line): void {
    this.#merge([line])
  }

  change(seq: number, change: (line: Line) => Line): void {
    const root = this.#root.value
    if (seq === this.#seq && root !== undefined) this.#root.value = change(root)
    else this.#lines.value = this.#lines.value.map((held) => (held.seq === seq ? change(held) : held))
  }

  #merge(lines: readonly Line[]): void {
    const bySeq = new Map([...this.#lines.value, ...lines].map((line) => [line.seq, line]))
    this.#lines.value = [...bySeq.values()].sort((a, b) => a.seq - b.seq)
  }
}

/** Whether a page that the server gave is the last one. */
export const isMore = (items: number, next: string | null): boolean => next !== null || items >= PAGE
