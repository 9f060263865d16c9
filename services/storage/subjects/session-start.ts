import type { sessionStart } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { completeAccount } from '../accounts/complete-account.ts'
import { hashToken, newFamilyId, newRefreshToken } from '../accounts/secrets.ts'
import { profileOf, sessionOf } from '../accounts/tokens.ts'
import { nameKey } from '../store/names.ts'
import type { Operation } from './types.ts'

/** Log in. A wrong name and a wrong password take the same time and get the same answer. */
export const sessionStartOperation: Operation<typeof sessionStart> =
  (context) =>
  async ({ name, password, device, device_name, platform }) => {
    const { store, passwords, failedLogIns, config } = context
    const key = nameKey(name)
    failedLogIns?.check(key)
    const account = await store.account(key)
    const isRight = await passwords.verify(account?.hash ?? null, password)
    if (account === null || !isRight) {
      failedLogIns?.failed(key)
      throw new WeftError('unauthenticated', 'the name or the password is wrong')
    }
    const user = account.pending
      ? await completeAccount(context, account)
      : await profileOf(context, account.user)
    const token = newRefreshToken()
    const family = newFamilyId()
    await store.startFamily({
      family,
      user: account.user,
      device,
      tokenHash: hashToken(token),
      deviceName: device_name ?? null,
      platform: platform ?? null,
      createdAt: Date.now(),
      expiresAt: Date.now() + config.refreshTokenMs,
    })
    return sessionOf(context, user, family, device, token)
  }
