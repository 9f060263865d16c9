import { parseUser } from './accounts.ts'
import type { Outbox, ProfileChanges, Unsubscribe, Users } from './api/client.ts'
import { itemsOf } from './directory.ts'
import { type Http, part } from './http.ts'
import type { ChannelId, Cid, OutboxEntry, User, UserId } from './types.ts'
import type { Command } from './update.ts'
import type { View } from './view.ts'
import { isJson } from './wire.ts'

export interface CallContext {
  readonly http: Http
  readonly view: View
  readonly user: () => UserId | undefined
  readonly command: (command: Command) => void
  readonly open: (id: ChannelId) => Unsubscribe
}

export class UsersApi implements Users {
  readonly #context: Pick<CallContext, 'http'>

  constructor(context: Pick<CallContext, 'http'>) {
    this.#context = context
  }

  async get(id: UserId): Promise<User> {
    const answer = await this.#context.http.call('GET', `/v1/users/${part(id)}`)
    return parseUser(isJson(answer.user) ? answer.user : answer)
  }

  async find(name: string): Promise<User | undefined> {
    const answer = await this.#context.http.call('GET', `/v1/users?name=${encodeURIComponent(name)}`)
    const wanted = name.trim().toLowerCase()
    return itemsOf(answer)
      .map(parseUser)
      .find((user) => user.name.toLowerCase() === wanted)
  }

  async search(begins: string, { limit }: { limit?: number } = {}): Promise<User[]> {
    const query = new URLSearchParams({ q: begins, ...(limit === undefined ? {} : { limit: String(limit) }) })
    return itemsOf(await this.#context.http.call('GET', `/v1/users?${query}`)).map(parseUser)
  }

  async me(): Promise<User> {
    const answer = await this.#context.http.call('GET', '/v1/me')
    return parseUser(isJson(answer.user) ? answer.user : answer)
  }

  async updateMe(changes: ProfileChanges): Promise<User> {
    const answer = await this.#context.http.call('PATCH', '/v1/me', { ...changes })
    return parseUser(isJson(answer.user) ? answer.user : answer)
  }
}

/** The entries as the view has them, in the order in which they leave. */
export class OutboxApi implements Outbox {
  readonly #context: CallContext

  constructor(context: CallContext) {
    this.#context = context
  }

  get loaded(): boolean {
    return this.#context.view.outboxLoaded
  }

  get list(): readonly OutboxEntry[] {
    return [...this.#context.view.entries.values()].sort((a, b) => a.order - b.order)
  }

  of(channel: ChannelId): readonly OutboxEntry[] {
    return this.list.filter((entry) => entry.channel === channel)
  }

  get(cid: Cid): OutboxEntry | undefined {
    return this.#context.view.entries.get(cid)
  }

  retry(cid: Cid): void {
    this.#context.command({ type: 'retry', cid })
  }

  discard(cid: Cid): boolean {
    const status = this.get(cid)?.status
    if (status !== 'failed' && status !== 'queued') return false
    this.#context.command({ type: 'discard', cid })
    return true
  }
}
