import type { Messages } from './api/client.ts'
import { parseMessage } from './channel-book.ts'
import type { Body, ChannelId, Pin } from './types.ts'
import { type Json, text } from './wire.ts'

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

export function parsePin(item: Json): Pin | undefined {
  const [message, by, at] = [parseMessage(item.message), text(item.by), text(item.at)]
  return message && by !== undefined && at !== undefined ? { message, by, at } : undefined
}
