import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { ChatContext } from '../context.ts'
import { may } from '../machine/roles.ts'
import type { ChatState } from '../machine/state.ts'
import { lookUp, noSuch } from './known-message.ts'

/**
 * Whether a user may see what a message said before it was edited: its author, and who moderates.
 * @throws `not_found`, of one that was deleted too; `forbidden`; `unavailable`
 */
export async function mustSeeVersions(
  context: ChatContext,
  state: ChatState,
  { channel: id, user, seq }: { readonly channel: ChannelId; readonly user: UserId; readonly seq: number },
): Promise<void> {
  const channel = state.member(id, user)
  const { from, deleted } = await lookUp(context, state, channel, seq)
  if (from !== user && !may(channel, user, 'moderate'))
    throw new WeftError('forbidden', 'only its author, or who moderates, sees what a message said before')
  if (deleted || state.changes.get(id, seq)?.deleted === true) throw noSuch()
}
