import { type ChannelBook, parseRecord } from './channel-book.ts'
import type { Keeper } from './keeper.ts'
import type { Store } from './options.ts'
import type { ChannelId, Cursor } from './types.ts'
import { text } from './wire.ts'

const CURSOR = 'cursor'
const CHANNEL = 'channel/'

export interface ProgressActions {
  /** The newest event that was taken in. */
  cursor(): Cursor | undefined
  /** Everything up to the cursor is in the store. */
  saved(cursor: Cursor): void
  problem(error: unknown): void
}

/** The cursor and the channels that it left behind go into the store in one write, a moment after they changed. */
export class Progress {
  readonly #keeper: Keeper
  readonly #book: ChannelBook
  readonly #delayMs: number
  readonly #actions: ProgressActions
  readonly #changed = new Set<ChannelId>()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Whether the channels were ever told in full, by the store or by a snapshot: before, there is nothing to go on from. */
  loaded = false

  constructor(delayMs: number, keeper: Keeper, book: ChannelBook, actions: ProgressActions) {
    this.#delayMs = delayMs
    this.#keeper = keeper
    this.#book = book
    this.#actions = actions
  }

  /** Fills the book; returns the cursor that it reflects. */
  async load(store: Store): Promise<Cursor | undefined> {
    const [value, channels] = await Promise.all([store.get(CURSOR), store.list(CHANNEL)])
    for (const [, channel] of channels) {
      const record = parseRecord(channel)
      if (record) this.#book.records.set(record.base.id, record)
    }
    const cursor = text(value)
    this.loaded = cursor !== undefined
    return cursor
  }

  changed(ids: readonly ChannelId[]): void {
    for (const id of ids) this.#changed.add(id)
    this.saveSoon()
  }

  saveSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.save().catch((error: unknown) => this.#actions.problem(error))
    }, this.#delayMs)
  }

  async save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const cursor = this.#actions.cursor()
    if (this.loaded) this.#keeper.put(CURSOR, cursor)
    for (const id of this.#changed) this.#keeper.put(CHANNEL + id, this.#book.records.get(id))
    this.#changed.clear()
    await this.#keeper.flush()
    if (cursor !== undefined) this.#actions.saved(cursor)
  }

  /** Forgets everything, the book's channels too; written with the keeper's next flush. */
  clear(): void {
    this.loaded = false
    this.#keeper.put(CURSOR, undefined)
    for (const id of this.#book.records.keys()) this.#keeper.put(CHANNEL + id, undefined)
    this.#book.replace([])
  }
}
