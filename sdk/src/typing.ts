import type { TypingEvent } from './events.ts'
import type { ChannelId, UserId } from './types.ts'

export interface TypingLimits {
  /** While it goes on, it is said again so often. */
  readonly typingRepeatMs: number
  /** Without another call for so long, it is over. */
  readonly typingQuietMs: number
  /** Others', when not heard of again for so long, is over. */
  readonly typingOverMs: number
}

type Timer = ReturnType<typeof setTimeout>

/** What this tab's user types: said when it begins, again while it lasts, and taken back when it ends. */
export class TypingSender {
  readonly #limits: TypingLimits
  readonly #say: (channel: ChannelId, on: boolean) => void
  readonly #typing = new Map<ChannelId, { saidAt: number; quiet: Timer }>()

  constructor(limits: TypingLimits, say: (channel: ChannelId, on: boolean) => void) {
    this.#limits = limits
    this.#say = say
  }

  set(channel: ChannelId, on: boolean): void {
    const before = this.#typing.get(channel)
    clearTimeout(before?.quiet)
    if (!on) {
      if (this.#typing.delete(channel)) this.#say(channel, false)
      return
    }
    const now = performance.now()
    const again = before === undefined || now - before.saidAt >= this.#limits.typingRepeatMs
    const quiet = setTimeout(() => this.set(channel, false), this.#limits.typingQuietMs)
    this.#typing.set(channel, { saidAt: again ? now : before.saidAt, quiet })
    if (again) this.#say(channel, true)
  }

  /** What was typed is sent: the message itself says so to the others. */
  sent(channel: ChannelId): void {
    clearTimeout(this.#typing.get(channel)?.quiet)
    this.#typing.delete(channel)
  }

  close(): void {
    for (const { quiet } of this.#typing.values()) clearTimeout(quiet)
    this.#typing.clear()
  }
}

/** Who types where. Each entry ends by itself, for the word that it is over may be lost. */
export class Typists {
  readonly #overMs: number
  readonly #over: (event: TypingEvent) => void
  readonly #channels = new Map<ChannelId, Map<UserId, Timer>>()

  constructor(overMs: number, over: (event: TypingEvent) => void) {
    this.#overMs = overMs
    this.#over = over
  }

  of(channel: ChannelId): UserId[] {
    return [...(this.#channels.get(channel)?.keys() ?? [])]
  }

  took({ channel, user, on }: TypingEvent): void {
    this.#forget(channel, user)
    if (!on) return
    const users = this.#channels.get(channel) ?? new Map<UserId, Timer>()
    this.#channels.set(channel, users)
    users.set(
      user,
      setTimeout(() => this.end(channel, user), this.#overMs),
    )
  }

  /** It is over, and who listens is told so, if it was on. */
  end(channel: ChannelId, user: UserId): void {
    if (this.#forget(channel, user)) this.#over({ kind: 'typing', channel, user, on: false })
  }

  close(): void {
    for (const users of this.#channels.values()) for (const timer of users.values()) clearTimeout(timer)
    this.#channels.clear()
  }

  #forget(channel: ChannelId, user: UserId): boolean {
    const users = this.#channels.get(channel)
    const timer = users?.get(user)
    if (!users || timer === undefined) return false
    clearTimeout(timer)
    users.delete(user)
    if (users.size === 0) this.#channels.delete(channel)
    return true
  }
}
