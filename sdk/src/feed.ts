import type { Cursor } from './types.ts'
import { type Json, notAfter, text } from './wire.ts'

export interface FeedActions {
  /** An event of the queue, once and in order; or one that isn't kept (without a cursor). */
  deliver(event: Json, cursor: Cursor | undefined): void
  /** Ask for what follows `cursor`. */
  sync(cursor: Cursor): void
  /** What follows the last event can't be had: take a snapshot, then call `resume`. */
  snapshot(reason: string, head: Cursor): void
  /** Everything missed has been delivered. */
  caughtUp(): void
  behind(): void
}

/**
 * Follows one user's queue over any number of connections. Each event names the one before it (`prev`), so a
 * hole is seen at once and asked for with `sync`; what comes twice is dropped; `reset` leads to a snapshot.
 */
export class Feed {
  readonly #actions: FeedActions
  readonly #attempts: number
  #last: Cursor | undefined
  /** `synced` frames still to come: one for `hello`, one for each `sync`. */
  #due = 0
  #fruitless = 0
  #resetting = false
  /** Something came past a hole while a replay was still on its way. */
  #holed = false

  constructor(actions: FeedActions, attempts: number) {
    this.#actions = actions
    this.#attempts = attempts
  }

  /** The newest event's cursor: what `hello` and `received` name. */
  get last(): Cursor | undefined {
    return this.#last
  }

  /** From the store, before the first connection; or `undefined` to begin anew with a snapshot. */
  restore(cursor: Cursor | undefined): void {
    this.#last = cursor
  }

  /** A connection was welcomed; `head` is the queue's newest cursor. */
  begin(head: Cursor): void {
    this.#due = 1
    this.#fruitless = 0
    this.#holed = false
    this.#resetting = false
    if (this.#last === undefined) this.#reset('new', head)
  }

  /** The snapshot is in place and reflects everything up to `cursor` at least. */
  resume(cursor: Cursor): void {
    this.#resetting = false
    this.#last = cursor
    this.#fruitless = 0
    this.#due = 0
    this.#sync(cursor)
  }

  event(frame: Json, event: Json): void {
    const cursor = text(frame.cursor)
    if (cursor === undefined) return this.#actions.deliver(event, undefined)
    if (this.#resetting || this.#last === undefined) return
    if (frame.prev === this.#last) {
      this.#last = cursor
      this.#fruitless = 0
      return this.#actions.deliver(event, cursor)
    }
    if (notAfter(cursor, this.#last)) return
    // The replay that was asked for brings this one again; until it began, asking again would only double it.
    if (this.#due === 0) this.#heal()
    else this.#holed = true
  }

  synced(cursor: Cursor): void {
    if (this.#resetting || this.#last === undefined) return
    this.#due = Math.max(0, this.#due - 1)
    if (this.#due > 0) return
    const holed = this.#holed
    this.#holed = false
    if (notAfter(cursor, this.#last)) {
      this.#fruitless = 0
      return holed ? this.#heal() : this.#actions.caughtUp()
    }
    this.#heal()
  }

  /** The server no longer holds what follows our cursor. */
  reset(reason: string, head: Cursor): void {
    this.#reset(reason, head)
  }

  #heal(): void {
    if (this.#last === undefined) return
    this.#fruitless += 1
    this.#actions.behind()
    // The server can't give what its own `prev` and `synced` say exists: only a snapshot gets past that.
    if (this.#fruitless > this.#attempts) this.#reset('gap', this.#last)
    else this.#sync(this.#last)
  }

  #sync(cursor: Cursor): void {
    this.#due += 1
    this.#actions.sync(cursor)
  }

  #reset(reason: string, head: Cursor): void {
    if (this.#resetting) return
    this.#resetting = true
    this.#holed = false
    this.#actions.behind()
    this.#actions.snapshot(reason, head)
  }
}
