import { profilePut, type UserShape } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { StorageContext } from '../context.ts'
import type { Account } from '../store/store.ts'

const PROJECTED_WAIT_MS = 2_000

export const userOfAccount = ({ user, name, displayName }: Account): UserShape => ({
  id: user,
  name,
  display_name: displayName,
  avatar: null,
})

/**
 * Makes the profile of a claimed name a record of its user's partition. A crash before leaves the claim pending, and
 * whoever comes with the same name and password brings it here again.
 */
export async function completeAccount(context: StorageContext, account: Account): Promise<UserShape> {
  const { directory, progress, store } = context
  const profile = userOfAccount(account)
  const { pack, partition } = await directory.callOwner(profilePut, 'sync', account.user, profile)
  await store.accountReady(account.key)
  try {
    await progress.reached([{ kind: 'sync', partition, pack }], PROJECTED_WAIT_MS)
  } catch (error) {
    // The profile stands in the log; a store that is behind only shows it later.
    if (!(error instanceof WeftError) || error.code !== 'unavailable') throw error
    context.log.debug({ err: error }, 'a new profile is not in the store yet')
  }
  return profile
}
