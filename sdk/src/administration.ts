import type {
  Ban,
  Bans,
  ChannelPreview,
  Invite,
  InviteOptions,
  Invites,
  Page,
  PageQuery,
} from './api/administration.ts'
import type { CallContext } from './calls.ts'
import { WeftError } from './errors.ts'
import { type Http, part } from './http.ts'
import { fetchPage } from './pages.ts'
import type { Channel, ChannelId, Time, UserId } from './types.ts'
import { isJson, isKind, type Json, number, text } from './wire.ts'

const bansPath = (id: ChannelId) => `/v1/channels/${part(id)}/bans`
const invitesPath = (id: ChannelId) => `/v1/channels/${part(id)}/invites`

/** Who is kept out of a channel. */
export class BansApi implements Bans {
  readonly #context: Pick<CallContext, 'http' | 'command'>

  constructor(context: Pick<CallContext, 'http' | 'command'>) {
    this.#context = context
  }

  list(channel: ChannelId, query: PageQuery = {}): Promise<Page<Ban>> {
    return fetchPage(this.#context.http, bansPath(channel), { ...query }, parseBan)
  }

  async add(channel: ChannelId, user: UserId): Promise<void> {
    await this.#context.http.call('PUT', `${bansPath(channel)}/${part(user)}`)
    this.#context.command({ type: 'ask', id: channel })
  }

  async lift(channel: ChannelId, user: UserId): Promise<void> {
    await this.#context.http.call('DELETE', `${bansPath(channel)}/${part(user)}`)
  }
}

/** Links that others join by. */
export class InvitesApi implements Invites {
  readonly #http: Http
  /** Puts a channel that was answered into the list. */
  readonly #take: (answer: Json) => Channel

  constructor(http: Http, take: (answer: Json) => Channel) {
    this.#http = http
    this.#take = take
  }

  async create(channel: ChannelId, options: InviteOptions = {}): Promise<Invite> {
    const { expiresIn, maxUses, role } = options
    const answer = await this.#http.call('POST', invitesPath(channel), {
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      ...(maxUses === undefined ? {} : { max_uses: maxUses }),
      ...(role === undefined ? {} : { role }),
    })
    const invite = isJson(answer.invite) ? parseInvite(answer.invite) : undefined
    if (!invite) throw new WeftError('unavailable', 'the server answered without a link')
    return invite
  }

  async list(channel: ChannelId): Promise<readonly Invite[]> {
    return (await fetchPage(this.#http, invitesPath(channel), {}, parseInvite)).items
  }

  async revoke(channel: ChannelId, code: string): Promise<void> {
    await this.#http.call('DELETE', `${invitesPath(channel)}/${part(code)}`)
  }

  async preview(code: string): Promise<{ channel: ChannelPreview; expires_at: Time | null }> {
    const answer = await this.#http.call('GET', `/v1/invites/${part(code)}`)
    const channel = isJson(answer.channel) ? parsePreview(answer.channel) : undefined
    if (!channel) throw new WeftError('unavailable', 'the server answered without a channel')
    return { channel, expires_at: text(answer.expires_at) ?? null }
  }

  async join(code: string): Promise<Channel> {
    return this.#take(await this.#http.call('POST', `/v1/invites/${part(code)}`))
  }
}

export function parsePreview(item: Json): ChannelPreview | undefined {
  const id = text(item.id)
  if (id === undefined) return undefined
  return {
    id,
    kind: isKind(item.kind) ? item.kind : 'group',
    name: text(item.name) ?? null,
    members: number(item.members) ?? 0,
    topic: text(item.topic) ?? null,
    avatar: text(item.avatar) ?? null,
    description: text(item.description) ?? null,
  }
}

function parseBan(item: Json): Ban | undefined {
  const user = text(item.user)
  return user === undefined ? undefined : { user, by: text(item.by) ?? '', at: text(item.at) ?? '' }
}

function parseInvite(item: Json): Invite | undefined {
  const code = text(item.code)
  if (code === undefined) return undefined
  return {
    code,
    by: text(item.by) ?? '',
    created_at: text(item.created_at) ?? '',
    role: text(item.role) ?? 'member',
    expires_at: text(item.expires_at) ?? null,
    uses: number(item.uses) ?? 0,
    max_uses: number(item.max_uses) ?? null,
  }
}
