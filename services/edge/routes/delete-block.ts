import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { tellDirectChannel } from './blocking.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'

export const deleteBlock: Route<'deleteBlock'> = async ({ directory }, { identity, params }) => {
  const user = trusted<UserId>(params.user ?? '')
  await changeMine(directory, identity.user, { op: 'block', user, on: false })
  await tellDirectChannel(directory, identity.user, user, false)
  return { status: 204 }
}
