import { signal } from '@preact/signals'
import type { Channel, ChannelId, Client, Message } from '../../sdk/src/mod.ts'

/** The newest message of channels whose list entry doesn't bring it along: asked for one after the other. */
export class Previews {
  readonly #known = signal<ReadonlyMap<ChannelId, Message>>(new Map())
  readonly #wanted = new Map<ChannelId, number>()
  readonly #client: Client
  #running = false

  constructor(client: Client) {
    this.#client = client
  }

  of(channel: Channel): Message | undefined {
    const known = this.#known.value.get(channel.id)
    const newest = (known?.seq ?? 0) > (channel.last?.seq ?? 0) ? known : channel.last
    return newest
  }

  /** Asks for those that are missing. */
  async fill(channels: readonly Channel[]): Promise<void> {
    for (const channel of channels) {
      if ((this.of(channel)?.seq ?? 0) < channel.head) this.#wanted.set(channel.id, channel.head)
    }
    if (this.#running) return
    this.#running = true
    try {
      for (const [id] of this.#wanted) {
        this.#wanted.delete(id)
        const newest = (await this.#client.history(id, { limit: 1 })).items.at(-1)
        if (newest !== undefined) this.#known.value = new Map(this.#known.value).set(id, newest)
      }
    } catch {
      // Without a network: filled again once connected.
      this.#wanted.clear()
    } finally {
      this.#running = false
    }
  }
}
