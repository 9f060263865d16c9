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

/** A channel, or a thread in it. */
interface Place {
  readonly channel: ChannelId
  readonly thread?: number
}
/** Ids hold no slash. */
const keyOf = ({ channel, thread }: Place) => (thread === undefined ? channel : `${channel}/${thread}`)
function placeOf(key: string): Place {
  const [channel = '', thread] = key.split('/')
  return thread === undefined ? { channel } : { channel, thread: Number(thread) }
}

/** How far the user has read, where the server doesn't know it yet: coalesced, repeated until it does. */
export class ReadMarks {
  readonly #keeper: Keeper
  readonly #delayMs: number
  readonly #actions: ReadActions
  readonly #marks = new Map<string, number>()
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
  set(channel: ChannelId, seq: number, thread?: number): boolean {
    const key = keyOf(thread === undefined ? { channel } : { channel, thread })
    if (seq <= (this.#marks.get(key) ?? 0)) return false
    this.#marks.set(key, seq)
    this.#keeper.put(PREFIX + key, seq)
    this.#flushIn(this.#delayMs)
    return true
  }

  flush(): void {
    for (const [key, seq] of this.#marks) {
      const frame = { t: 'read', ...placeOf(key), seq }
      this.#actions.request(frame, (answer) => this.#answered(key, seq, answer))
    }
  }

  /** Forgets everything; written with the keeper's next flush. */
  clear(): void {
    for (const key of this.#marks.keys()) this.#keeper.put(PREFIX + key, undefined)
    this.#marks.clear()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #answered(key: string, seq: number, answer: Answer): void {
    if (this.#marks.get(key) !== seq) return
    if ('error' in answer && answer.error.shouldRetry()) {
      // The next connection begins with a flush.
      if (answer.error.code !== 'offline') this.#flushIn((answer.error.retryAfter ?? 1) * 1000)
      return
    }
    if ('error' in answer && answer.error.code === 'unauthenticated') return this.#actions.reauthenticate()
    this.#marks.delete(key)
    this.#keeper.put(PREFIX + key, undefined)
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
