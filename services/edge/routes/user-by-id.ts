import { type UserShape, usersGet } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'

/** @throws `not_found` */
export async function userById(directory: Directory, id: UserId): Promise<UserShape> {
  const { users } = await directory.callStorage(usersGet, { ids: [id] })
  const user = users[0]
  if (user === undefined) throw new WeftError('not_found', 'no such user')
  return user
}
