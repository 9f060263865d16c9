import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { ConnectionState } from '../../sdk/src/mod.ts'

export type Link = 'online' | 'connecting' | 'offline' | 'replaced'

/** A break shorter than this is not worth a word across the whole page. */
const SLOW_MS = 1_000

/** The connection as people think of it. */
export class LinkState {
  readonly #link = signal<Link>('connecting')
  readonly #slow = signal(false)

  constructor() {
    effect(() => {
      this.#slow.value = false
      if (this.#link.value === 'online') return
      const timer = setTimeout(() => {
        this.#slow.value = true
      }, SLOW_MS)
      return () => clearTimeout(timer)
    })
  }

  get link(): ReadonlySignal<Link> {
    return this.#link
  }
  /** Whether the connection has been away long enough to say so. */
  get slow(): ReadonlySignal<boolean> {
    return this.#slow
  }

  /** Attempts between two breaks are one break: it stays `offline` until it is over. */
  follow(state: ConnectionState): void {
    if (state.status === 'live') this.#link.value = 'online'
    else if (state.status === 'offline') this.#link.value = 'offline'
    else if (state.status === 'stopped') {
      if (state.reason === 'replaced') this.#link.value = 'replaced'
    } else if (this.#link.value !== 'offline') this.#link.value = 'connecting'
  }
}
