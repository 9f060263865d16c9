import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { ChatContext } from '../context.ts'
import type { ChatState } from '../machine/state.ts'
import { parentOf } from './parent.ts'

/**
 * That a thread began with a message, or could: what users keep of threads is bounded by messages that began one. @throws
 * `not_found`, `forbidden`, `unavailable`
 */
export async function rootOf(
  context: ChatContext,
  state: ChatState,
  {
    channel: id,
    user,
    thread,
  }: { readonly channel: ChannelId; readonly user: UserId; readonly thread: number },
): Promise<{ head: number }> {
  const { readable: head, replies } = state.member(id, user)
  if (thread > head) throw new WeftError('not_found', 'thread: no such message')
  const remembered = replies.threadOf(thread)
  const parent =
    remembered === thread ? await parentOf(context, state, { channel: id, user, replyTo: thread }) : null
  const root = parent?.thread ?? remembered
  if (root !== thread) throw new WeftError('not_found', `thread: this is a reply in the thread of ${root}`)
  return { head }
}
