import { type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelId, Client, Reactors } from '../../sdk/src/mod.ts'
import { lineOfMessage, textOf } from './lines.ts'
import type { Line } from './types.ts'

export type Pinned = { readonly line: Line; readonly by: string; readonly at: Date }

/** What a message said. */
export type Said = {
  readonly text: string
  readonly at: Date
  readonly by: string
  readonly mentions: readonly string[] | undefined
}

/** What stands beside a conversation: what is pinned in it, and what its messages said before. */
export class Beside {
  readonly #client: Client
  readonly #changes = signal(0)

  constructor(client: Client) {
    this.#client = client
    const changed = () => {
      this.#changes.value++
    }
    for (const kind of ['pinned', 'edited', 'deleted', 'reaction', 'reset'] as const) client.on(kind, changed)
  }

  /** Rises when something that was said has changed: what was asked for here may be different now. */
  get changes(): ReadonlySignal<number> {
    return this.#changes
  }

  async pins(id: ChannelId): Promise<readonly Pinned[]> {
    const pins = await this.#client.channels.pins(id)
    return pins.map(({ message, by, at }) => ({
      line: lineOfMessage(message, this.#client.user),
      by,
      at: new Date(at),
    }))
  }
  /** The newest first. */
  async versions(id: ChannelId, seq: number): Promise<readonly Said[]> {
    const versions = await this.#client.messages.versions(id, seq)
    return versions
      .map(({ body, at, by, mentions }) => ({ text: textOf(body), at: new Date(at), by, mentions }))
      .reverse()
  }
  reactors(id: ChannelId, seq: number): Promise<readonly Reactors[]> {
    return this.#client.messages.reactors(id, seq)
  }
  pin(id: ChannelId, seq: number, on: boolean): Promise<void> {
    return this.#client.messages.pin(id, seq, on)
  }
}
