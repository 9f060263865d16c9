import { type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelId, Client, UserId } from '../../sdk/src/mod.ts'

/** Without another word for so long, nobody types any more, in milliseconds. */
const OVER_MS = 8_000
/** While one types, it is said again so often, in milliseconds. */
const AGAIN_MS = 3_000

type Timers = Map<UserId, ReturnType<typeof setTimeout>>

/** Who types where, and saying that one does. Nothing of it is kept. */
export class Typing {
  readonly #client: Client
  readonly #typists = signal<ReadonlyMap<ChannelId, readonly UserId[]>>(new Map())
  readonly #timers = new Map<ChannelId, Timers>()
  #said: { channel: ChannelId; at: number } | undefined

  constructor(client: Client) {
    this.#client = client
    client.on('typing', ({ channel, user, on }) => this.#heard(channel, user, on))
    // Who has sent it has done typing it.
    client.on('message', ({ channel, from }) => this.#heard(channel, from, false))
  }

  get typists(): ReadonlySignal<ReadonlyMap<ChannelId, readonly UserId[]>> {
    return this.#typists
  }

  /** One types here, or has stopped. */
  say(channel: ChannelId, on: boolean): void {
    const now = performance.now()
    const before = this.#said?.channel === channel ? this.#said : undefined
    if (on && before !== undefined && now - before.at < AGAIN_MS) return
    if (!on && before === undefined) return
    this.#said = on ? { channel, at: now } : undefined
    this.#client.typing(channel, on)
  }

  /** What was typed is sent, which says that it is over. */
  sent(channel: ChannelId): void {
    if (this.#said?.channel === channel) this.#said = undefined
  }

  #heard(channel: ChannelId, user: UserId, on: boolean): void {
    if (user === this.#client.user) return
    const timers: Timers = this.#timers.get(channel) ?? new Map()
    if (!on && !timers.has(user)) return
    clearTimeout(timers.get(user))
    if (on)
      timers.set(
        user,
        setTimeout(() => this.#heard(channel, user, false), OVER_MS),
      )
    else timers.delete(user)
    this.#timers.set(channel, timers)
    this.#typists.value = new Map(this.#typists.value).set(channel, [...timers.keys()])
  }
}
