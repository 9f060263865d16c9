import { trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'

export const deleteContact: Route<'deleteContact'> = async ({ directory }, { identity, params }) => {
  const user = trusted<UserId>(params.user ?? '')
  await changeMine(directory, identity.user, { op: 'contact', user, on: false })
  return { status: 204 }
}
