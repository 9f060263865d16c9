import { invitesList } from '../../../shared/fabric/calls.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { Route } from './types.ts'

export const listInvites: Route<'listInvites'> = async ({ directory }, { identity, params }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const { invites } = await directory.callOwner(invitesList, 'log', channel, { channel, user: identity.user })
  const items = invites.map(({ code, by, at, role, expires, uses, max }) => ({
    code,
    by,
    created_at: isoTime(at),
    role,
    expires_at: expires === null ? null : isoTime(expires),
    uses,
    max_uses: max,
  }))
  return { status: 200, body: { items, next: null } }
}
