import type { Answer } from './connection.ts'
import { type ErrorCode, WeftError } from './errors.ts'
import type { Json } from './wire.ts'

/** An answer as it goes from the core to a tab: errors lose their class on the way. */
export type PlainAnswer =
  | { readonly ok: Json }
  | { readonly refusal: { readonly code: ErrorCode; readonly message: string; readonly retryAfter?: number } }

export interface ActionLinks {
  /** Puts a frame on the connection; `done` is called once, with `offline` where there is none. */
  request(frame: Json, done: (answer: Answer) => void): void
  /** The token ran out in the middle: connect again with a new one. */
  reauthenticate(): void
  answered(id: string, answer: PlainAnswer): void
}

interface Action {
  readonly id: string
  readonly frame: Json
  readonly since: number
}

/**
 * Requests of the app that change something to a given state (edit, delete, react, pin …): done again, they change
 * nothing more. So a connection that ends before the answer is no failure while there is time left for the next one.
 */
export class Actions {
  readonly #links: ActionLinks
  readonly #timeoutMs: number
  readonly #waiting = new Map<string, Action>()
  #connected = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeoutMs: number, links: ActionLinks) {
    this.#timeoutMs = timeoutMs
    this.#links = links
  }

  add(id: string, frame: Json): void {
    const action: Action = { id, frame, since: performance.now() }
    this.#waiting.set(id, action)
    if (this.#connected) this.#ask(action)
    this.#expireLater()
  }

  up(): void {
    this.#connected = true
    for (const action of this.#waiting.values()) this.#ask(action)
  }

  down(): void {
    this.#connected = false
  }

  /** Nobody will answer any more. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const ids = [...this.#waiting.keys()]
    this.#waiting.clear()
    for (const id of ids)
      this.#links.answered(id, refusalOf(new WeftError('stopped', 'the client was stopped')))
  }

  #ask(action: Action): void {
    this.#links.request(action.frame, (answer) => {
      if (!this.#waiting.has(action.id)) return
      if ('error' in answer && answer.error.code === 'offline') return
      if ('error' in answer && answer.error.code === 'unauthenticated') return this.#links.reauthenticate()
      this.#waiting.delete(action.id)
      this.#links.answered(action.id, 'ok' in answer ? answer : refusalOf(answer.error))
    })
  }

  #expireLater(): void {
    const [oldest] = this.#waiting.values()
    if (!oldest || this.#timer !== undefined) return
    const inMs = Math.max(0, oldest.since + this.#timeoutMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#expire()
    }, inMs)
  }

  #expire(): void {
    const before = performance.now() - this.#timeoutMs
    for (const { id, since } of [...this.#waiting.values()]) {
      if (since > before) break
      this.#waiting.delete(id)
      this.#links.answered(id, refusalOf(new WeftError('offline', 'not connected for too long')))
    }
    this.#expireLater()
  }
}

const refusalOf = ({ code, message, retryAfter }: WeftError): PlainAnswer => ({
  refusal: { code, message, ...(retryAfter === undefined ? {} : { retryAfter }) },
})

/** The side of a tab: who asked, by number. */
export class Asked {
  readonly #pending = new Map<string, { resolve: (ok: Json) => void; reject: (error: WeftError) => void }>()

  wait(id: string): Promise<Json> {
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  /** Without effect for what another tab asked. */
  answered(id: string, answer: PlainAnswer): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (!pending) return
    if ('ok' in answer) return pending.resolve(answer.ok)
    const { code, message, retryAfter } = answer.refusal
    pending.reject(new WeftError(code, message, retryAfter === undefined ? {} : { retryAfter }))
  }

  /** The core that was asked is gone; another tab has the connection now. */
  abandon(): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending)
      reject(new WeftError('offline', 'the tab with the connection went away'))
  }
}
