import { isJson, type Json, text } from '../src/wire.ts'
import type { ModelChannel, ModelServer } from './model-server.ts'

type Answer = [number, Json]
const failed = (status: number, code: string): Answer => [status, { error: { code, message: code } }]
const [GONE, REFUSED] = [failed(404, 'not_found'), failed(403, 'forbidden')]

/** Settings, roles, bans, links and public channels of the model: `undefined` for what is none of them. */
export function administrationRoute(
  server: ModelServer,
  user: string,
  method: string,
  path: readonly string[],
  query: URLSearchParams,
  body: Json,
): Answer | undefined {
  const [area, id = '', what, which = ''] = path
  if (area === 'public-channels') return [200, publicOnes(server, query)]
  if (area === 'invites') return byLink(server, user, method, id)
  const channel = area === 'channels' ? server.channels.get(id) : undefined
  if (!channel) return undefined
  const asked = what === undefined ? method : `${method} ${what}`
  const isJoining = asked === 'PUT members' && which === user && !channel.members.has(user)
  if (isJoining) return channel.settings.public === true ? join(server, channel, user) : GONE
  if (!channel.members.has(user)) return undefined
  const isAdmin = ['admin', 'owner'].includes(channel.roles.get(user) ?? 'member')
  const shape = (): Answer => [200, { channel: server.shape(channel, user) }]
  switch (asked) {
    case 'PATCH':
      if (!isAdmin) return REFUSED
      Object.assign(channel.settings, body)
      server.changed(channel, user, 'changed')
      return shape()
    case 'PUT members':
      if (!isAdmin) return REFUSED
      channel.roles.set(which, text(body.role) ?? 'member')
      server.changed(channel, user, 'changed', { user: which, role: body.role })
      return shape()
    case 'POST owner':
      channel.roles.set(user, 'admin').set(text(body.user) ?? '', 'owner')
      server.changed(channel, user, 'changed', { user: body.user, role: 'owner' })
      return shape()
    case 'GET bans':
      return [200, { items: [...channel.bans].map((one) => ({ user: one, by: user, at: '' })), next: null }]
    case 'PUT bans':
      channel.bans.add(which)
      server.changed(channel, user, 'removed', { user: which, banned: true })
      channel.members.delete(which)
      return [204, {}]
    case 'DELETE bans':
      channel.bans.delete(which)
      return [204, {}]
    case 'GET invites':
      return [200, { items: [...channel.invites.values()], next: null }]
    case 'POST invites': {
      const invite = {
        code: `${id}-${channel.invites.size}`,
        by: user,
        created_at: '',
        role: 'member',
        uses: 0,
      }
      const limits = { expires_at: body.expires_in === null ? null : 'soon', max_uses: body.max_uses ?? null }
      channel.invites.set(invite.code, { ...invite, ...limits })
      return [201, { invite: { ...invite, ...limits } }]
    }
    case 'DELETE invites':
      channel.invites.delete(which)
      return [204, {}]
  }
  return undefined
}

const preview = ({ id, kind, name, members, settings }: ModelChannel): Json => ({
  id,
  kind,
  name,
  members: members.size,
  topic: null,
  avatar: null,
  description: null,
  ...settings,
})

function publicOnes(server: ModelServer, query: URLSearchParams): Json {
  const all = [...server.channels.values()].filter(({ settings }) => settings.public === true)
  const found = all.filter(({ name }) => name?.startsWith(query.get('q') ?? ''))
  const start = Number(query.get('cursor') ?? 0)
  const end = start + Number(query.get('limit') ?? 50)
  return { items: found.slice(start, end).map(preview), next: end < found.length ? String(end) : null }
}

function byLink(server: ModelServer, user: string, method: string, code: string): Answer {
  const channel = [...server.channels.values()].find(({ invites }) => invites.has(code))
  if (!channel) return GONE
  if (channel.bans.has(user)) return REFUSED
  if (method === 'POST') return join(server, channel, user)
  const invite = channel.invites.get(code)
  return [200, { channel: preview(channel), expires_at: isJson(invite) ? invite.expires_at : null }]
}

function join(server: ModelServer, channel: ModelChannel, user: string): Answer {
  if (channel.bans.has(user)) return REFUSED
  channel.members.set(user, channel.messages.length)
  server.changed(channel, user, 'joined', { user })
  return [201, { channel: server.shape(channel, user) }]
}
