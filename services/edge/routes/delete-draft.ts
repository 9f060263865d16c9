import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { changeMine } from './my-state.ts'
import type { Route } from './types.ts'

/** Also of a channel that the user has left. */
export const deleteDraft: Route<'deleteDraft'> = async ({ directory }, { identity, params }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  await changeMine(directory, identity.user, { op: 'draft', channel, body: null })
  return { status: 204 }
}
