import { profilePut } from '../../../shared/fabric/calls.ts'
import { changeMine } from './my-state.ts'
import { mustSaySomething, statusOf } from './status.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

/** What is given changes: the profile, what I say of myself, or both. */
export const patchMe: Route<'patchMe'> = async ({ directory, users }, { identity, body }) => {
  const { status, display_name, avatar } = body
  const me = identity.user
  if (status !== undefined && status !== null) mustSaySomething(status)
  const before = await userById(directory, me)
  const user = {
    ...before,
    display_name: display_name ?? before.display_name,
    avatar: avatar === undefined ? before.avatar : avatar,
  }
  if (display_name !== undefined || avatar !== undefined || status === undefined) {
    const { pack, partition } = await directory.callOwner(profilePut, 'sync', me, user)
    await users.shown([{ kind: 'sync', partition, pack }])
  }
  if (status !== undefined) await changeMine(directory, me, { op: 'status', status })
  return { status: 200, body: { user: { ...user, ...(await statusOf(directory, me)) } } }
}
