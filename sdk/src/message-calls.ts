import type { Messages } from './api/client.ts'
import { parseMessage } from './channel-book.ts'
import { itemsOf } from './directory.ts'
import { type Http, part } from './http.ts'
import type { Body, ChannelId, Pin } from './types.ts'
import { isJson, type Json, text } from './wire.ts'

/** Changes of single messages, as requests that the core sees through. */
export class MessagesApi implements Messages {
  readonly #act: (frame: Json) => Promise<Json>

  constructor(act: (frame: Json) => Promise<Json>) {
    this.#act = act
  }

  async edit(channel: ChannelId, seq: number, body: Body): Promise<void> {
    await this.#act({ t: 'edit', channel, seq, body })
  }

  async delete(channel: ChannelId, seq: number): Promise<void> {
    await this.#act({ t: 'delete', channel, seq })
  }

  async react(channel: ChannelId, seq: number, emoji: string, on = true): Promise<void> {
    await this.#act({ t: 'react', channel, seq, emoji, on })
  }

  async pin(channel: ChannelId, seq: number, on = true): Promise<void> {
    await this.#act({ t: 'pin', channel, seq, on })
  }
}

/** What is pinned in a channel: all of it, the newest pin first. */
export async function fetchPins(http: Http, channel: ChannelId): Promise<Pin[]> {
  return fetchAll(http, `/v1/channels/${part(channel)}/pins`, (item) => {
    const [message, by, at] = [parseMessage(item.message), text(item.by), text(item.at)]
    return message && by !== undefined && at !== undefined ? { message, by, at } : undefined
  })
}

/** Every page of a list that the server bounds; what can't be read as one of its items is passed over. */
async function fetchAll<Item>(
  http: Http,
  path: string,
  parse: (item: Json) => Item | undefined,
): Promise<Item[]> {
  const items: Item[] = []
  let query = ''
  for (;;) {
    const answer = await http.call('GET', `${path}${query}`)
    for (const item of itemsOf(answer)) {
      const parsed = isJson(item) ? parse(item) : undefined
      if (parsed) items.push(parsed)
    }
    const next = text(answer.next)
    if (next === undefined) return items
    query = `?cursor=${encodeURIComponent(next)}`
  }
}
