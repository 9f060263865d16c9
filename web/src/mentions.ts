import { signal } from '@preact/signals'
import type { Channel, ChannelId, Client, UserId } from '../../sdk/src/mod.ts'

/** Messages that mention the person at this page, by conversation, until they have read them. */
export class MentionMarks {
  readonly #seqs = signal<ReadonlyMap<ChannelId, readonly number[]>>(new Map())

  constructor(client: Client) {
    const me = (): UserId | undefined => client.user
    client.on('message', ({ channel, seq, from, mentions, mention_all: all }) => {
      if (from !== me() && (all !== undefined || mentions?.some((user) => user === me()))) {
        this.#add(channel, seq)
      }
    })
    client.on('head', ({ channel, seq, mention_all: all }) => {
      if (all !== undefined) this.#add(channel, seq)
    })
    client.on('read', ({ channel, user, seq }) => {
      if (user === me()) this.#keep(channel, seq)
    })
  }

  count({ id, read }: Channel): number {
    return this.#seqs.value.get(id)?.filter((seq) => seq > read).length ?? 0
  }

  #add(channel: ChannelId, seq: number): void {
    const seqs = this.#seqs.value.get(channel) ?? []
    if (!seqs.includes(seq)) this.#seqs.value = new Map(this.#seqs.value).set(channel, [...seqs, seq])
  }
  #keep(channel: ChannelId, read: number): void {
    const left = this.#seqs.value.get(channel)?.filter((seq) => seq > read)
    if (left !== undefined) this.#seqs.value = new Map(this.#seqs.value).set(channel, left)
  }
}
