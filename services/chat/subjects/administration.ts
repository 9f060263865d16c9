import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { mustModerate } from '../machine/requests/bans.ts'
import { mustBeInvited, mustInvite } from '../machine/requests/invites.ts'
import type { ChatState } from '../machine/state.ts'

type Asked = { readonly channel: ChannelId; readonly user: UserId }

/** What a link leads to: as much as its holder may know. */
export function previewOf(state: ChatState, { channel: id, code, user }: Asked & { readonly code: string }) {
  const { channel, invite } = mustBeInvited(state.channels.get(id), code, user, Date.now())
  const { kind, members, settings } = channel
  const { name, topic, avatar, description } = settings
  return {
    channel: { id, kind, name, members: members.size, topic, avatar, description },
    expires: invite.expires,
  }
}

export function invitesOf(state: ChatState, { channel: id, user }: Asked) {
  const channel = state.member(id, user)
  mustInvite(channel, user)
  return { invites: channel.invites?.good(Date.now()) ?? [] }
}

export function bansOf(
  state: ChatState,
  { channel: id, user, after, limit }: Asked & { readonly after: UserId | null; readonly limit: number },
) {
  const channel = state.member(id, user)
  mustModerate(channel, user)
  const { bans, more } = channel.bans.page(after, limit)
  return { bans: bans.map(([banned, { by, at }]) => ({ user: banned, by, at })), more }
}
