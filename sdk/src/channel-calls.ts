import { BansApi, InvitesApi, parsePreview } from './administration.ts'
import type {
  Bans,
  ChannelBeginnings,
  ChannelPreview,
  ChannelSettings,
  Invites,
  Page,
  PageQuery,
} from './api/administration.ts'
import type { Channels, Unsubscribe } from './api/client.ts'
import type { CallContext } from './calls.ts'
import { channelWithLast } from './channel-book.ts'
import { WeftError } from './errors.ts'
import { part } from './http.ts'
import { parsePin } from './message-calls.ts'
import { fetchAll, fetchPage } from './pages.ts'
import type { Role } from './rights.ts'
import type { Channel, ChannelId, Member, Pin, UserId } from './types.ts'
import { isJson, type Json, text } from './wire.ts'

/** On a page of a list that is wanted whole. */
const PAGE = 200

const channelPath = (id: ChannelId) => `/v1/channels/${part(id)}`
const memberPath = (id: ChannelId, user: UserId) => `${channelPath(id)}/members/${part(user)}`

/** The collection as the view has it, and the calls that change it. */
export class ChannelsApi implements Channels {
  readonly #context: CallContext
  readonly bans: Bans
  readonly invites: Invites

  constructor(context: CallContext) {
    this.#context = context
    this.bans = new BansApi(context)
    this.invites = new InvitesApi(context.http, (answer) => this.#take(answer))
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
    return this.#create({ kind: 'direct', members: [user] }, { peer: user })
  }

  createGroup(name: string, members: readonly UserId[], options: ChannelBeginnings = {}): Promise<Channel> {
    return this.#create({ kind: 'group', name, members, ...options })
  }

  createBroadcast(
    name: string,
    members: readonly UserId[] = [],
    options: ChannelBeginnings = {},
  ): Promise<Channel> {
    return this.#create({ kind: 'broadcast', name, members, ...options })
  }

  async update(id: ChannelId, changes: Partial<ChannelSettings>): Promise<Channel> {
    return this.#take(await this.#context.http.call('PATCH', channelPath(id), { ...changes }))
  }

  async transfer(id: ChannelId, user: UserId): Promise<Channel> {
    return this.#take(await this.#context.http.call('POST', `${channelPath(id)}/owner`, { user }))
  }

  findPublic(words: string, query: PageQuery = {}): Promise<Page<ChannelPreview>> {
    const wanted = words.trim() === '' ? {} : { q: words.trim() }
    return fetchPage(this.#context.http, '/v1/public-channels', { ...wanted, ...query }, parsePreview)
  }

  async join(id: ChannelId): Promise<Channel> {
    return this.#take(await this.#context.http.call('PUT', memberPath(id, this.#me()), {}))
  }

  members(id: ChannelId): Promise<Member[]> {
    return fetchAll(this.#context.http, `${channelPath(id)}/members`, parseMember, { limit: PAGE })
  }

  memberPage(id: ChannelId, query: PageQuery = {}): Promise<Page<Member>> {
    return fetchPage(this.#context.http, `${channelPath(id)}/members`, { ...query }, parseMember)
  }

  async add(id: ChannelId, user: UserId, options: { role?: string } = {}): Promise<void> {
    await this.#context.http.call('PUT', memberPath(id, user), { ...options })
    this.#context.command({ type: 'ask', id })
  }

  setRole(id: ChannelId, user: UserId, role: Role): Promise<void> {
    return this.add(id, user, { role })
  }

  async remove(id: ChannelId, user: UserId): Promise<void> {
    await this.#context.http.call('DELETE', memberPath(id, user))
    this.#context.command({ type: 'ask', id })
  }

  async leave(id: ChannelId): Promise<void> {
    await this.#context.http.call('DELETE', memberPath(id, this.#me()))
    this.#context.command({ type: 'left', id })
  }

  pins(id: ChannelId): Promise<Pin[]> {
    return fetchAll(this.#context.http, `${channelPath(id)}/pins`, parsePin)
  }

  open(id: ChannelId): Unsubscribe {
    return this.#context.open(id)
  }

  #me(): UserId {
    const me = this.#context.user()
    if (me === undefined) throw new WeftError('unauthenticated', 'nobody is logged in')
    return me
  }

  async #create(body: Json, more: Json = {}): Promise<Channel> {
    return this.#take(await this.#context.http.call('POST', '/v1/channels', body), more)
  }

  /** A channel that the server answered with stands in the list at once. */
  #take(answer: Json, more: Json = {}): Channel {
    const channel = { ...(isJson(answer.channel) ? answer.channel : answer), ...more }
    const parsed = channelWithLast(channel)
    if (!parsed) throw new WeftError('unavailable', 'the server answered without a channel')
    this.#context.command({ type: 'channel', channel })
    return this.get(parsed.id) ?? parsed
  }
}

function parseMember(item: Json): Member | undefined {
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
