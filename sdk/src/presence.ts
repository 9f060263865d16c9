import type { Presences, Unsubscribe } from './api/client.ts'
import type { PresenceEvent } from './events.ts'
import type { Presence, SaidStatus, UserId } from './types.ts'
import type { Command } from './update.ts'
import { RefCounts } from './wants.ts'

export interface PresenceContext {
  readonly tab: string
  command(command: Command): void
}

/** Presence as this tab sees it: who is on its screen is watched, whoever else isn't known. */
export class PresenceApi implements Presences {
  readonly #context: PresenceContext
  readonly #wanted = new RefCounts<UserId>()
  readonly #known = new Map<UserId, Presence>()
  #telling = false

  constructor(context: PresenceContext) {
    this.#context = context
  }

  get(user: UserId): Presence | undefined {
    return this.#known.get(user)
  }

  watch(users: readonly UserId[]): Unsubscribe {
    const named = [...new Set(users)]
    if (this.#wanted.add(named)) this.#tellSoon()
    let ended = false
    return () => {
      if (ended) return
      ended = true
      if (this.#wanted.remove(named)) this.#tellSoon()
    }
  }

  set(status: SaidStatus, text?: string): void {
    this.#context.command({ type: 'presence', status, ...(text === undefined ? {} : { text }) })
  }

  took(event: PresenceEvent): void {
    const { kind: _, ...presence } = event
    this.#known.set(event.user, presence)
  }

  /** To a core that doesn't know this tab yet. */
  tell(): void {
    this.#telling = false
    const users = this.#wanted.held
    for (const user of this.#known.keys()) if (!users.includes(user)) this.#known.delete(user)
    this.#context.command({ type: 'watch', tab: this.#context.tab, users })
  }

  /** A list that scrolls names many at once: one frame takes them all. */
  #tellSoon(): void {
    if (this.#telling) return
    this.#telling = true
    queueMicrotask(() => this.#telling && this.tell())
  }
}
