import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { INVITE_DAYS } from '../../../shared/protocol/limits.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { changeChannel } from './change-channel.ts'
import { newInviteCode } from './invite-code.ts'
import type { Route } from './types.ts'

const DEFAULT_S = INVITE_DAYS * 24 * 60 * 60

export const createInvite: Route<'createInvite'> = async (context, { identity, params, body }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const code = newInviteCode(channel)
  const { role = 'member', expires_in: seconds = DEFAULT_S, max_uses: uses = null } = body ?? {}
  const now = Date.now()
  const expires = seconds === null ? null : now + seconds * 1000
  await changeChannel(context, identity.user, channel, { op: 'invite', code, role, expires, uses })
  const invite = {
    code,
    by: identity.user,
    created_at: isoTime(now),
    role,
    expires_at: expires === null ? null : isoTime(expires),
    uses: 0,
    max_uses: uses,
  }
  return { status: 201, body: { invite } }
}
