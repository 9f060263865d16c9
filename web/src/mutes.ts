import { signal } from '@preact/signals'
import type { Channel, ChannelId, Client, Mute } from '../../sdk/src/mod.ts'

/** Which conversations say nothing, and until when; asked for again whenever one's settings change, wherever. */
export class Mutes {
  readonly #client: Client
  readonly #known = signal<ReadonlyMap<ChannelId, Mute> | undefined>(undefined)

  constructor(client: Client) {
    this.#client = client
    client.on('settings', () => void this.refresh())
  }

  has(channel: Channel): boolean {
    const known = this.#known.value
    if (known === undefined) return channel.muted
    const mute = known.get(channel.id)
    return mute !== undefined && (mute.until === null || Date.parse(mute.until) > Date.now())
  }
  async mute(id: ChannelId, until: Date | null): Promise<void> {
    await this.#client.mine.mute(id, { until })
    await this.refresh()
  }
  async unmute(id: ChannelId): Promise<void> {
    await this.#client.mine.unmute(id)
    await this.refresh()
  }
  async refresh(): Promise<void> {
    try {
      this.#known.value = await this.#client.mine.mutes()
    } catch (error) {
      console.warn(error)
    }
  }
}
