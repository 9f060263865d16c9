import type { Answer } from './connection.ts'
import type { WeftError } from './errors.ts'
import type { Keeper } from './keeper.ts'
import type { Store } from './options.ts'
import type { ChannelId } from './types.ts'
import type { Json } from './wire.ts'

const PREFIX = 'read/'

export interface ReadActions {
  /** Puts a frame on the connection; `done` is called once. */
  request(frame: Json, done: (answer: Answer) => void): void
  /** The server has a mark, or has refused it for good: the store needn't keep it any longer. */
  settled(): void
  problem(error: WeftError): void
  /** The token ran out in the middle: connect again with a new one. */
  reauthenticate(): void
}

/** How far the user has read, where the server doesn't know it yet: coalesced, repeated until it does. */
export class ReadMarks {
  readonly #keeper: Keeper
  readonly #delayMs: number
  readonly #actions: ReadActions
  readonly #marks = new Map<ChannelId, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(delayMs: number, keeper: Keeper, actions: ReadActions) {
    this.#delayMs = delayMs
    this.#keeper = keeper
    this.#actions = actions
  }

  async load(store: Store): Promise<void> {
    for (const [key, seq] of await store.list(PREFIX)) {
      if (typeof seq === 'number') this.#marks.set(key.slice(PREFIX.length), seq)
    }
  }

  /** False if the mark stands there already, or further on. */
  set(channel: ChannelId, seq: number): boolean {
    if (seq <= (this.#marks.get(channel) ?? 0)) return false
    this.#marks.set(channel, seq)
    this.#keeper.put(PREFIX + channel, seq)
    this.#flushIn(this.#delayMs)
    return true
  }

  flush(): void {
    for (const [channel, seq] of this.#marks) {
      this.#actions.request({ t: 'read', channel, seq }, (answer) => this.#answered(channel, seq, answer))
    }
  }

  /** Forgets everything; written with the keeper's next flush. */
  clear(): void {
    for (const id of this.#marks.keys()) this.#keeper.put(PREFIX + id, undefined)
    this.#marks.clear()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #answered(channel: ChannelId, seq: number, answer: Answer): void {
    if (this.#marks.get(channel) !== seq) return
    if ('error' in answer && answer.error.shouldRetry()) {
      // The next connection begins with a flush.
      if (answer.error.code !== 'offline') this.#flushIn((answer.error.retryAfter ?? 1) * 1000)
      return
    }
    if ('error' in answer && answer.error.code === 'unauthenticated') return this.#actions.reauthenticate()
    this.#marks.delete(channel)
    this.#keeper.put(PREFIX + channel, undefined)
    this.#actions.settled()
    if ('error' in answer) this.#actions.problem(answer.error)
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.flush()
    }, ms)
  }
}
