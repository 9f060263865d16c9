import { messageState } from '../../../shared/fabric/calls.ts'
import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import { unavailable } from '../../../shared/protocol/errors.ts'
import type { Message } from '../../../shared/protocol/events.ts'
import type { ChatContext } from '../context.ts'
import type { Parent } from '../machine/commands.ts'
import type { ChatState } from '../machine/state.ts'

type Reply = Pick<SendCommand, 'channel' | 'user' | 'replyTo'>

/**
 * What memory says of the message that a send replies to: null where there is none (yet), `ask` where the store has to. What
 * is remembered as changed tells whether it was deleted: after that nothing changes it.
 */
export function parentInMemory(
  state: ChatState,
  { channel: id, user, replyTo }: Reply,
): Parent | null | 'ask' {
  const channel = state.channels.get(id)
  // Who may not write here is refused when it is planned, and learns nothing before.
  if (replyTo === 0 || channel?.members.has(user) !== true || replyTo > channel.readable) return null
  const held = state.tail.glance(id, replyTo)
  const changed = state.changes.get(id, replyTo)
  if (changed?.deleted === true) return { thread: replyTo, deleted: true }
  const deleted = changed?.deleted ?? (held?.isChanged === false ? false : null)
  const thread = threadInMemory()
  return deleted === null || thread === null ? 'ask' : { thread, deleted }

  function threadInMemory(): number | null {
    const remembered = channel?.replies.threadOf(replyTo) ?? replyTo
    if (remembered !== replyTo || changed?.hasReplies === true) return remembered
    return held === null ? null : threadOf(held.message, replyTo)
  }
}

/** The same, where the store says what memory doesn't. @throws `unavailable` */
export async function parentOf(
  { directory, keys }: ChatContext,
  state: ChatState,
  command: Reply,
): Promise<Parent | null> {
  const known = parentInMemory(state, command)
  if (known !== 'ask') return known
  const { channel, replyTo } = command
  const held = await state.tail.one(channel, replyTo, keys)
  // What the store doesn't have yet has its whole story in memory.
  if (held !== null && !held.isConfirmed) return { thread: threadOf(held.message, replyTo), deleted: false }
  const { found } = await directory.callStorage(messageState, { channel, seq: replyTo })
  if (found === null) throw unavailable('the store lacks the message that this replies to')
  return { thread: found.thread === 0 ? replyTo : found.thread, deleted: found.deleted }
}

/** The fabric made these bytes itself. */
const threadOf = (message: Uint8Array, seq: number): number =>
  (JSON.parse(Buffer.from(message).toString()) as Message).thread ?? seq
