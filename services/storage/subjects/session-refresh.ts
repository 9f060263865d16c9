import type { sessionRefresh } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { hashToken, newRefreshToken } from '../accounts/secrets.ts'
import { profileOf, revoke, sessionOf } from '../accounts/tokens.ts'
import type { Operation } from './types.ts'

const refused = () => new WeftError('unauthenticated', 'the refresh token is not valid; log in again')

/** Rotates. A token that comes twice was stolen, by the first or the second: its whole family ends. */
export const sessionRefreshOperation: Operation<typeof sessionRefresh> =
  (context) =>
  async ({ refresh_token }) => {
    const { store, config, log } = context
    const now = Date.now()
    const next = newRefreshToken()
    const rotation = await store.rotate(
      hashToken(refresh_token),
      hashToken(next),
      now + config.refreshTokenMs,
      now,
    )
    if (rotation.kind === 'reused') {
      await revoke(context, rotation.family)
      log.warn({ family: rotation.family }, 'a refresh token came twice; its log-in is ended')
    }
    if (rotation.kind !== 'rotated') throw refused()
    const { user, family, device } = rotation
    return sessionOf(context, await profileOf(context, user), family, device, next)
  }
