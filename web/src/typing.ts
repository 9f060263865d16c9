import { type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelId, Client, UserId } from '../../sdk/src/mod.ts'

/** Who types where; the SDK knows when it is over. */
export class Typing {
  readonly #client: Client
  readonly #typists = signal<ReadonlyMap<ChannelId, readonly UserId[]>>(new Map())

  constructor(client: Client) {
    this.#client = client
    client.on('typing', ({ channel, user, on }) => {
      if (user === client.user) return
      const others = (this.#typists.value.get(channel) ?? []).filter((one) => one !== user)
      this.#typists.value = new Map(this.#typists.value).set(channel, on ? [...others, user] : others)
    })
  }

  get typists(): ReadonlySignal<ReadonlyMap<ChannelId, readonly UserId[]>> {
    return this.#typists
  }

  /** To be called with every key. */
  say(channel: ChannelId, on: boolean): void {
    this.#client.typing(channel, on)
  }
}
