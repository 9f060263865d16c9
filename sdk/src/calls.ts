import { parseUser } from './accounts.ts'
import type { Channels, Outbox, Unsubscribe, Users } from './api/client.ts'
import { channelWithLast } from './channel-book.ts'
import { itemsOf } from './directory.ts'
import { WeftError } from './errors.ts'
import { type Http, part } from './http.ts'
import { fetchPins } from './message-calls.ts'
import type { Channel, ChannelId, Cid, Member, OutboxEntry, Pin, User, UserId } from './types.ts'
import type { Command } from './update.ts'
import type { View } from './view.ts'
import { isJson, type Json, text } from './wire.ts'

export interface CallContext {
  readonly http: Http
  readonly view: View
  readonly user: () => UserId | undefined
  readonly command: (command: Command) => void
  readonly open: (id: ChannelId) => Unsubscribe
}

const memberPath = (id: ChannelId, user: UserId) => `/v1/channels/${part(id)}/members/${part(user)}`

/** The collection as the view has it, and the calls that change it. */
export class ChannelsApi implements Channels {
  readonly #context: CallContext

  constructor(context: CallContext) {
    this.#context = context
  }

  get loaded(): boolean {
    return this.#context.view.channelsLoaded
  }

  get list(): readonly Channel[] {
    return this.#context.view.list
  }

  get(id: ChannelId): Channel | undefined {
    return this.#context.view.channel(id)
  }

  createDirect(user: UserId): Promise<Channel> {
    return this.#create({ kind: 'direct', members: [user] }, user)
  }

  createGroup(name: string, members: readonly UserId[]): Promise<Channel> {
    return this.#create({ kind: 'group', name, members })
  }

  createBroadcast(name: string, members: readonly UserId[] = []): Promise<Channel> {
    return this.#create({ kind: 'broadcast', name, members })
  }

  async members(id: ChannelId): Promise<Member[]> {
    const members: Member[] = []
    let query = ''
    for (;;) {
      const answer = await this.#context.http.call('GET', `/v1/channels/${part(id)}/members${query}`)
      for (const item of itemsOf(answer)) {
        const member = parseMember(item)
        if (member) members.push(member)
      }
      const next = text(answer.next)
      if (next === undefined) return members
      query = `?cursor=${encodeURIComponent(next)}`
    }
  }

  async add(id: ChannelId, user: UserId, options: { role?: string } = {}): Promise<void> {
    await this.#context.http.call('PUT', memberPath(id, user), { ...options })
    this.#context.command({ type: 'ask', id })
  }

  async remove(id: ChannelId, user: UserId): Promise<void> {
    await this.#context.http.call('DELETE', memberPath(id, user))
    this.#context.command({ type: 'ask', id })
  }

  async leave(id: ChannelId): Promise<void> {
    const me = this.#context.user()
    if (me === undefined) throw new WeftError('unauthenticated', 'nobody is logged in')
    await this.#context.http.call('DELETE', memberPath(id, me))
    this.#context.command({ type: 'left', id })
  }

  pins(id: ChannelId): Promise<Pin[]> {
    return fetchPins(this.#context.http, id)
  }

  open(id: ChannelId): Unsubscribe {
    return this.#context.open(id)
  }

  async #create(body: Json, peer?: UserId): Promise<Channel> {
    const answer = await this.#context.http.call('POST', '/v1/channels', body)
    const told = isJson(answer.channel) ? answer.channel : answer
    const channel = { ...told, ...(peer === undefined ? {} : { peer }) }
    const parsed = channelWithLast(channel)
    if (!parsed) throw new WeftError('unavailable', 'the server answered without a channel')
    this.#context.command({ type: 'channel', channel })
    return this.get(parsed.id) ?? parsed
  }
}

function parseMember(item: unknown): Member | undefined {
  if (!isJson(item)) return undefined
  const profile = isJson(item.user) ? item.user : item
  const user = text(item.user) ?? text(profile.id)
  if (user === undefined) return undefined
  const [role, name, displayName] = [text(item.role), text(profile.name), text(profile.display_name)]
  return {
    user,
    ...(role === undefined ? {} : { role }),
    ...(name === undefined ? {} : { name }),
    ...(displayName === undefined ? {} : { display_name: displayName }),
  }
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

  async me(): Promise<User> {
    const answer = await this.#context.http.call('GET', '/v1/me')
    return parseUser(isJson(answer.user) ? answer.user : answer)
  }

  async updateMe(changes: { display_name?: string; avatar?: string | null }): Promise<User> {
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
