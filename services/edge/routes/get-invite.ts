import { invitePreview } from '../../../shared/fabric/calls.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { channelOfCode } from './invite-code.ts'
import type { Route } from './types.ts'

export const getInvite: Route<'getInvite'> = async ({ directory }, { identity, params }) => {
  const code = params.code ?? ''
  const channel = channelOfCode(code)
  const asked = { channel, code, user: identity.user }
  const { channel: preview, expires } = await directory.callOwner(invitePreview, 'log', channel, asked)
  return {
    status: 200,
    body: { channel: preview, expires_at: expires === null ? null : isoTime(expires) },
  }
}
