import { WeftError } from './errors.ts'
import type { WeftEvent } from './events.ts'

/** A bounded buffer between the queue, which doesn't wait, and a `for await` that may. */
export class EventStream implements AsyncIterableIterator<WeftEvent> {
  readonly #limit: number
  readonly #onEnd: () => void
  #held: WeftEvent[] = []
  #waiting: { resolve: (result: IteratorResult<WeftEvent>) => void; reject: (error: Error) => void }[] = []
  #end: { error?: WeftError } | undefined

  constructor(limit: number, onEnd: () => void) {
    this.#limit = limit
    this.#onEnd = onEnd
  }

  push(event: WeftEvent): void {
    if (this.#end) return
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve({ value: event, done: false })
    else if (this.#held.length < this.#limit) this.#held.push(event)
    else
      this.#finish({ error: new WeftError('overflow', `more than ${this.#limit} events were left unread`) })
  }

  next(): Promise<IteratorResult<WeftEvent>> {
    const event = this.#held.shift()
    if (event) return Promise.resolve({ value: event, done: false })
    if (this.#end?.error) {
      const { error } = this.#end
      this.#end = {}
      return Promise.reject(error)
    }
    if (this.#end) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<WeftEvent>> {
    this.#held = []
    this.#finish({})
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(end: { error?: WeftError }): void {
    if (this.#end) return
    this.#end = end
    for (const { resolve } of this.#waiting) resolve({ value: undefined, done: true })
    this.#waiting = []
    this.#onEnd()
  }
}
