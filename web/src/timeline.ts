import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Line } from './types.ts'

/** Messages asked for at a time. */
export const PAGE = 100
/** Messages held at most, once the reader is where newer or older ones can go; few of them stand in the document. */
const HELD = 10_000
/** Messages kept of a conversation that nobody looks at. */
export const RESTING = 200
/** A hole up to this many messages before the newest is filled without being asked. */
const HEAL = 300

/** What lies beyond an end of what is held: nothing, something not asked for yet, or on its way, or not to be had now. */
export type Edge = 'none' | 'more' | 'loading' | 'failed'

/** A piece of a log that is shown, and grows at its ends. */
export interface Log {
  readonly lines: ReadonlySignal<readonly Line[]>
  readonly older: ReadonlySignal<Edge>
  readonly newer: ReadonlySignal<Edge>
  /** The newest page. */
  latest(): Promise<void>
  loadOlder(): Promise<void>
  loadNewer(): Promise<void>
}

export type FetchPage = (where: {
  before?: number
  after?: number
  around?: number
  limit: number
}) => Promise<Line[]>

/**
 * A contiguous piece of a conversation's log, growing and shrinking at both ends as the reader moves.
 * `seq` is dense, so whatever would leave a hole is fetched instead of appended.
 */
export class Timeline implements Log {
  readonly #lines: Signal<readonly Line[]> = signal([])
  readonly #older: Signal<Edge> = signal('more')
  readonly #newer: Signal<Edge> = signal('none')
  readonly #fetch: FetchPage
  readonly #limit: number
  #head = 0
  #started = false
  /** Rises when the piece is replaced, so that a page asked for before is not joined to another piece. */
  #generation = 0

  constructor(fetch: FetchPage, options: { held?: number } = {}) {
    this.#fetch = fetch
    this.#limit = options.held ?? HELD
  }

  get lines(): ReadonlySignal<readonly Line[]> {
    return this.#lines
  }
  get older(): ReadonlySignal<Edge> {
    return this.#older
  }
  get newer(): ReadonlySignal<Edge> {
    return this.#newer
  }
  /** The newest seq that is held; 0 without any. */
  get last(): number {
    return this.#lines.value.at(-1)?.seq ?? 0
  }

  /** Loads the newest page, unless something is held already. */
  async start(head: number): Promise<void> {
    this.#head = Math.max(this.#head, head)
    if (this.#started) return this.reach(head)
    this.#started = true
    await this.latest()
  }

  /** Replaces what is held by the newest page. */
  async latest(): Promise<void> {
    const generation = ++this.#generation
    this.#older.value = 'loading'
    try {
      const page = await this.#fetch({ limit: PAGE })
      if (generation !== this.#generation) return
      // What arrived live while the page was on its way follows it.
      const live = this.#lines.value.filter((line) => line.seq > (page.at(-1)?.seq ?? 0))
      this.#lines.value = page
      this.#newer.value = 'none'
      this.#older.value = (page[0]?.seq ?? 1) > 1 ? 'more' : 'none'
      for (const line of live) this.add(line)
      if (this.#head > this.last) this.#newer.value = 'more'
    } catch {
      if (generation === this.#generation) this.#older.value = 'failed'
    }
    await this.#heal()
  }

  /** Makes sure that `seq` is held: replaces what is held by what is around it. Throws when it can't be fetched. */
  async around(seq: number): Promise<void> {
    if (this.#lines.value.some((line) => line.seq === seq)) return
    const generation = ++this.#generation
    this.#started = true
    if (this.#older.value === 'loading') this.#older.value = 'more'
    if (this.#newer.value === 'loading') this.#newer.value = 'more'
    const page = await this.#fetch({ around: seq, limit: PAGE })
    if (generation !== this.#generation || page.length === 0) return
    this.#lines.value = page
    this.#older.value = (page[0]?.seq ?? 1) > 1 ? 'more' : 'none'
    this.#newer.value = this.last < this.#head ? 'more' : 'none'
  }

  async loadOlder(): Promise<void> {
    const first = this.#lines.value[0]?.seq
    if (first === undefined) return this.latest()
    if (this.#older.value === 'loading' || this.#older.value === 'none') return
    const generation = this.#generation
    this.#older.value = 'loading'
    try {
      const page = await this.#fetch({ before: first, limit: PAGE })
      if (generation !== this.#generation) return
      const held = page.filter((line) => line.seq < first)
      const all = [...held, ...this.#lines.value]
      this.#lines.value = all.slice(0, this.#limit)
      if (all.length > this.#limit) this.#newer.value = 'more'
      this.#older.value = held.length === 0 || (held[0]?.seq ?? 1) <= 1 ? 'none' : 'more'
    } catch {
      if (generation === this.#generation) this.#older.value = 'failed'
    }
  }

  async loadNewer(): Promise<void> {
    if (this.#newer.value === 'loading' || this.#newer.value === 'none') return
    const generation = this.#generation
    this.#newer.value = 'loading'
    try {
      const page = await this.#fetch({ after: this.last, limit: PAGE })
      if (generation !== this.#generation) return
      const last = this.last
      const all = [...this.#lines.value, ...page.filter((line) => line.seq > last)]
      this.#lines.value = all.slice(-this.#limit)
      if (all.length > this.#limit) this.#older.value = 'more'
      this.#newer.value = page.length > 0 && this.last < this.#head ? 'more' : 'none'
    } catch {
      if (generation === this.#generation) this.#newer.value = 'failed'
    }
  }

  /** A message that came live: appended if it is the next one, replaced if it is held, else left to be fetched. */
  add(line: Line): void {
    this.#head = Math.max(this.#head, line.seq)
    if (!this.#started) return
    const lines = this.#lines.value
    const last = this.last
    if (line.seq <= last) {
      if (lines.some((held) => held.seq === line.seq)) {
        this.#lines.value = lines.map((held) => (held.seq === line.seq ? line : held))
      }
      return
    }
    if (this.#newer.value !== 'none') return
    const empty = lines.length === 0 && this.#older.value === 'none'
    if (line.seq === last + 1 && (lines.length > 0 || empty)) this.#lines.value = [...lines, line]
    else if (this.#older.value !== 'loading' || lines.length > 0) {
      this.#newer.value = 'more'
      void this.#heal()
    }
  }

  /** Changes a line that is held; of others, history will tell. */
  change(seq: number, change: (line: Line) => Line): void {
    this.#lines.value = this.#lines.value.map((held) => (held.seq === seq ? change(held) : held))
  }

  /** Lets the oldest lines go when more than `limit` are held and the reader is at the newest. */
  trimOldest(limit = this.#limit): void {
    const lines = this.#lines.value
    if (lines.length <= limit || this.#newer.value !== 'none') return
    // A page of older ones that is on its way would leave a hole now.
    this.#generation++
    this.#lines.value = lines.slice(-limit)
    this.#older.value = 'more'
  }

  /** The newest that the server is known to have: after an absence it may be past what is held. */
  async reach(head: number): Promise<void> {
    this.#head = Math.max(this.#head, head)
    if (!this.#started || this.#newer.value === 'loading') return
    if (this.#older.value === 'failed') {
      await (this.#lines.value.length === 0 ? this.latest() : this.loadOlder())
    } else if (this.#lines.value.length > 0 && this.last < this.#head && this.#newer.value !== 'more') {
      this.#newer.value = 'more'
      await this.#heal()
    }
  }

  /** Fetches what is missing up to the head, if it is near; else the reader loads it by scrolling. */
  async #heal(): Promise<void> {
    if (this.#newer.value === 'more' && this.#head - this.last <= HEAL) {
      while (this.#newer.value === 'more') await this.loadNewer()
    }
  }
}
