import type { Messages } from './api/client.ts'
import { parseMessage } from './channel-book.ts'
import { type Http, part } from './http.ts'
import { fetchAll } from './pages.ts'
import type { ThreadBook } from './threads.ts'
import type {
  Body,
  ChannelId,
  Pin,
  Reactors,
  Thread,
  ThreadPage,
  ThreadQuery,
  UserId,
  Version,
} from './types.ts'
import { isJson, type Json, number, text } from './wire.ts'

/** Changes of single messages, as requests that the core sees through. */
export class MessagesApi implements Messages {
  readonly #act: (frame: Json) => Promise<Json>
  readonly #http: Http
  readonly #threads: ThreadBook

  constructor(act: (frame: Json) => Promise<Json>, http: Http, threads: ThreadBook) {
    this.#act = act
    this.#http = http
    this.#threads = threads
  }

  async edit(
    channel: ChannelId,
    seq: number,
    body: Body,
    { mentions }: { mentions?: readonly UserId[] } = {},
  ): Promise<void> {
    await this.#act({ t: 'edit', channel, seq, body, ...(mentions === undefined ? {} : { mentions }) })
  }

  async delete(channel: ChannelId, seq: number): Promise<void> {
    await this.#act({ t: 'delete', channel, seq })
  }

  async react(channel: ChannelId, seq: number, emoji: string, on = true): Promise<void> {
    await this.#act({ t: 'react', channel, seq, emoji, on })
  }

  reactors(channel: ChannelId, seq: number): Promise<Reactors[]> {
    return fetchAll(this.#http, `/v1/channels/${part(channel)}/messages/${seq}/reactions`, parseReactors)
  }

  async pin(channel: ChannelId, seq: number, on = true): Promise<void> {
    await this.#act({ t: 'pin', channel, seq, on })
  }

  versions(channel: ChannelId, seq: number): Promise<Version[]> {
    return fetchAll(this.#http, `/v1/channels/${part(channel)}/messages/${seq}/versions`, parseVersion)
  }

  threads(channel: ChannelId, query: ThreadQuery = {}): Promise<ThreadPage> {
    return this.#threads.ofChannel(channel, query)
  }

  followedThreads(query: ThreadQuery = {}): Promise<ThreadPage> {
    return this.#threads.followed(query)
  }

  thread(channel: ChannelId, seq: number): Thread | undefined {
    return this.#threads.get(channel, seq)
  }
}

export function parsePin(item: Json): Pin | undefined {
  const [message, by, at] = [parseMessage(item.message), text(item.by), text(item.at)]
  return message && by !== undefined && at !== undefined ? { message, by, at } : undefined
}

function parseReactors(item: Json): Reactors | undefined {
  const [emoji, count] = [text(item.emoji), number(item.count)]
  if (emoji === undefined || count === undefined || !Array.isArray(item.users)) return undefined
  return { emoji, count, users: item.users.map(String) }
}

function parseVersion(item: Json): Version | undefined {
  const [at, by] = [text(item.at), text(item.by)]
  const { body, mentions } = item
  if (at === undefined || by === undefined || (typeof body !== 'string' && !isJson(body))) return undefined
  return { body, at, by, ...(Array.isArray(mentions) ? { mentions: mentions.map(String) } : {}) }
}
