import { profilePut } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

export const patchMe: Route<'patchMe'> = async ({ directory, users }, { identity, body }) => {
  const before = await userById(directory, identity.user)
  const user = {
    ...before,
    display_name: body.display_name ?? before.display_name,
    avatar: body.avatar === undefined ? before.avatar : body.avatar,
  }
  const { pack, partition } = await directory.callOwner(profilePut, 'sync', identity.user, user)
  await users.shown([{ kind: 'sync', partition, pack }])
  return { status: 200, body: { user } }
}
