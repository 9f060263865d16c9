import type { SessionShape, UserShape } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { DeviceId, SessionId, UserId } from '../../../shared/protocol/ids.ts'
import type { StorageContext } from '../context.ts'
import { userOfAccount } from './complete-account.ts'

export async function sessionOf(
  { access, config }: StorageContext,
  user: UserShape,
  family: SessionId,
  device: DeviceId,
  refreshToken: string,
): Promise<SessionShape> {
  return {
    user,
    access_token: await access.sign(user, family, device),
    refresh_token: refreshToken,
    expires_in: config.accessTokenS,
  }
}

/** The profile as projected, or as it was registered while the projection is behind. */
export async function profileOf({ store }: StorageContext, user: UserId): Promise<UserShape> {
  const [profile] = await store.users([user])
  if (profile !== undefined) return profile
  const account = await store.accountOf(user)
  if (account === null) throw new WeftError('unauthenticated', 'the account does not exist any more')
  return userOfAccount(account)
}

/** Edges refuse the family's access tokens from now on. */
export async function revoke({ revoked }: StorageContext, family: SessionId): Promise<void> {
  await revoked.put(family, '1')
}
