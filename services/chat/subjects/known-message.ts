import { z } from 'zod'
import { messageState } from '../../../shared/fabric/calls.ts'
import type { ChannelRequest } from '../../../shared/fabric/channel-requests.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, type UserId, userIdSchema } from '../../../shared/protocol/ids.ts'
import type { ChatContext } from '../context.ts'
import { isMessageRequest, type KnownMessage } from '../machine/requests/messages.ts'
import type { ChatState } from '../machine/state.ts'

/**
 * What a request that concerns a message has to know of it; what changes until the request is planned stands in memory
 * (`message-changes.ts`). Null for a request that concerns none. @throws `not_found`, `unavailable`
 */
export async function knownMessage(
  { directory, keys }: ChatContext,
  state: ChatState,
  asked: { readonly channel: ChannelId; readonly by: UserId; readonly request: ChannelRequest },
): Promise<KnownMessage | null> {
  const { channel: id, by, request } = asked
  if (!isMessageRequest(request)) return null
  const channel = state.member(id, by)
  const { seq } = request
  if (seq > channel.readable) throw noSuch()
  const key = await keys.ensure(by)
  const held = await state.tail.one(id, seq, keys)
  // What the store doesn't have yet has its whole story in memory.
  if (held !== null && !held.isConfirmed)
    return { ...writtenIn(held.message), deleted: false, reactions: new Map(), key }
  const { found } = await directory.callStorage(messageState, { channel: id, seq })
  const written = held === null ? found : writtenIn(held.message)
  if (written === null) throw noSuch()
  return {
    from: written.from,
    mentions: written.mentions,
    deleted: found?.deleted ?? false,
    reactions: new Map(found?.reactions.map(({ emoji, users }) => [emoji, new Set(users)])),
    key,
  }
}

const noSuch = () => new WeftError('not_found', 'seq: no such message')

const writtenShape = z.object({ from: userIdSchema, mentions: z.array(userIdSchema).default([]) })
const writtenIn = (message: Uint8Array) => writtenShape.parse(JSON.parse(Buffer.from(message).toString()))
