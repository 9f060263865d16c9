import type { Answer } from './connection.ts'
import type { WeftError } from './errors.ts'
import type { Keeper } from './keeper.ts'
import type { Store } from './options.ts'
import type { SaidStatus, UserId } from './types.ts'
import { Wants } from './wants.ts'
import { isJson, type Json, text } from './wire.ts'

export interface PresenceActions {
  /** Puts a frame on the connection; `done` is called once. */
  request(frame: Json, done: (answer: Answer) => void): void
  /** Sends what has no answer, if there is a connection. */
  notify(frame: Json): void
  /** Somebody's presence, as the answer to `watch` tells it. */
  tell(event: Json): void
  problem(error: WeftError): void
}

/** People whom one `watch` may name. */
const PER_FRAME = 500
/** In the store: what a person said of themselves holds over a reload. */
const KEY = 'presence'
const STATUSES: readonly SaidStatus[] = ['online', 'away', 'busy', 'invisible']

/**
 * Who is watched, and what this device says of its user. A connection knows nothing of the one before it, so each begins
 * with all of it. Devices that nobody looks at are away, unless their user said something else.
 */
export class PresenceLink {
  readonly #actions: PresenceActions
  readonly #awayMs: number
  readonly #keeper: Keeper
  readonly #watched = new Wants<UserId>()
  readonly #visible = new Wants<'hidden' | 'visible'>()
  #connected = false
  #said: { readonly status: SaidStatus; readonly text?: string } = { status: 'online' }
  #isAway = false
  #awayTimer: ReturnType<typeof setTimeout> | undefined

  constructor(awayMs: number, keeper: Keeper, actions: PresenceActions) {
    this.#awayMs = awayMs
    this.#keeper = keeper
    this.#actions = actions
  }

  async load(store: Store): Promise<void> {
    const value = await store.get(KEY)
    const status = isJson(value) ? STATUSES.find((one) => one === value.status) : undefined
    if (!isJson(value) || !status) return
    const said = text(value.text)
    this.#said = { status, ...(said === undefined ? {} : { text: said }) }
  }

  up(): void {
    this.#connected = true
    if (this.#foreground === false) this.#sayState()
    if (this.#said.status !== 'online' || this.#said.text !== undefined || this.#isAway) this.#say()
    this.#ask('watch', [...this.#watched.all])
  }

  down(): void {
    this.#connected = false
  }

  watch(tab: string, users: readonly UserId[]): void {
    const { added, gone } = this.#watched.set(tab, users)
    if (!this.#connected) return
    this.#ask('watch', added)
    this.#ask('unwatch', gone)
  }

  say(status: SaidStatus, words: string | undefined): void {
    this.#said = { status, ...(words === undefined ? {} : { text: words }) }
    this.#keeper.put(KEY, this.#said)
    void this.#keeper.flush()
    if (this.#connected) this.#say()
  }

  /** Whether this tab is looked at; `undefined`: it is gone. */
  visible(tab: string, on: boolean | undefined): void {
    const before = this.#foreground
    this.#visible.set(tab, on === undefined ? [] : [on ? 'visible' : 'hidden'])
    const after = this.#foreground
    if (before === after || after === undefined) return
    if (this.#connected) this.#sayState()
    clearTimeout(this.#awayTimer)
    if (after) this.#setAway(false)
    else this.#awayTimer = setTimeout(() => this.#setAway(true), this.#awayMs)
  }

  close(): void {
    clearTimeout(this.#awayTimer)
  }

  clear(): void {
    this.close()
    this.#said = { status: 'online' }
    this.#isAway = false
    this.#keeper.put(KEY, undefined)
  }

  /** `undefined` where no tab can tell: it counts as looked at. */
  get #foreground(): boolean | undefined {
    const { all } = this.#visible
    return all.size === 0 ? undefined : all.has('visible')
  }

  #sayState(): void {
    this.#actions.notify({ t: 'state', foreground: this.#foreground !== false })
  }

  #setAway(away: boolean): void {
    if (this.#isAway === away) return
    this.#isAway = away
    if (this.#connected && this.#said.status === 'online') this.#say()
  }

  #say(): void {
    const { status, text: words } = this.#said
    const said = status === 'online' && this.#isAway ? 'away' : status
    const frame = { t: 'presence', status: said, ...(words === undefined ? {} : { text: words }) }
    this.#actions.request(frame, (answer) => this.#refused(answer))
  }

  #ask(t: 'watch' | 'unwatch', users: readonly UserId[]): void {
    for (let from = 0; from < users.length; from += PER_FRAME) {
      const frame = { t, users: users.slice(from, from + PER_FRAME) }
      this.#actions.request(frame, (answer) => {
        this.#refused(answer)
        if ('error' in answer || t === 'unwatch' || !Array.isArray(answer.ok.presence)) return
        for (const one of answer.ok.presence) {
          if (isJson(one)) this.#actions.tell({ ...one, kind: 'presence' })
        }
      })
    }
  }

  /** The next connection says all of it again; a refusal for good is the app's to hear of. */
  #refused(answer: Answer): void {
    if ('error' in answer && !answer.error.shouldRetry()) this.#actions.problem(answer.error)
  }
}
