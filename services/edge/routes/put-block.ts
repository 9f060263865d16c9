import { WeftError } from '../../../shared/protocol/errors.ts'
import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { tellDirectChannel } from './blocking.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'
import { userById } from './user-by-id.ts'

/** Asked again after a failure, it goes on where it stopped: both steps come to the same however often they are taken. */
export const putBlock: Route<'putBlock'> = async ({ directory }, { identity, params }) => {
  const user = trusted<UserId>(params.user ?? '')
  if (user === identity.user) throw new WeftError('bad_frame', 'user: is yourself')
  await userById(directory, user)
  await changeMine(directory, identity.user, { op: 'block', user, on: true })
  await tellDirectChannel(directory, identity.user, user, true)
  return { status: 204 }
}
