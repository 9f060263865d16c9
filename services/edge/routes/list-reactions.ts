import { channelReach, messageState } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { MAX_REACTORS_SHOWN } from '../../../shared/protocol/limits.ts'
import { storeHas } from './history-page.ts'
import type { Route } from './types.ts'

/** Who reacted to a message with what: the store's to tell, once it has what the owner knows. */
export const listReactions: Route<'listReactions'> = async ({ directory }, { identity, params }) => {
  const channel = trusted<ChannelId>(params.channel ?? '')
  const seq = Number(params.seq)
  if (!Number.isSafeInteger(seq) || seq < 1)
    throw new WeftError('bad_frame', 'seq: must be a whole number from 1 on')
  const asked = { channel, user: identity.user }
  const { pack, head } = await directory.callOwner(channelReach, 'log', channel, asked)
  if (seq > head) throw new WeftError('not_found', 'seq: no such message')
  await storeHas(directory, channel, pack)
  const { found } = await directory.callStorage(messageState, { channel, seq })
  if (found === null || found.deleted) throw new WeftError('not_found', 'seq: no such message')
  const items = found.reactions.map(({ emoji, users }) => ({
    emoji,
    count: users.length,
    users: users.slice(0, MAX_REACTORS_SHOWN),
  }))
  return { status: 200, body: { items, next: null } }
}
