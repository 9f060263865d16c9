import { WeftError } from '../../../shared/protocol/errors.ts'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

export const putContact: Route<'putContact'> = async ({ directory }, { identity, params }) => {
  const user = trusted<UserId>(params.user ?? '')
  if (user === identity.user) throw new WeftError('bad_frame', 'user: is yourself')
  await userById(directory, user)
  await changeMine(directory, identity.user, { op: 'contact', user, on: true })
  return { status: 204 }
}
