import { z } from 'zod'
import { messageState } from '../../../shared/fabric/calls.ts'
import type { ChannelRequest } from '../../../shared/fabric/channel-requests.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, type UserId, userIdSchema } from '../../../shared/protocol/ids.ts'
import type { ChatContext } from '../context.ts'
import type { Channel } from '../machine/channel.ts'
import { isMessageRequest, type KnownMessage } from '../machine/requests/messages.ts'
import type { ChatState } from '../machine/state.ts'

/**
 * What a request that concerns a message has to know of it; what changes until the request is planned stands in memory
 * (`message-changes.ts`). Null for a request that concerns none. @throws `not_found`, `unavailable`
 */
export async function knownMessage(
  context: ChatContext,
  state: ChatState,
  asked: { readonly channel: ChannelId; readonly by: UserId; readonly request: ChannelRequest },
): Promise<KnownMessage | null> {
  const { channel: id, by, request } = asked
  if (!isMessageRequest(request)) return null
  const channel = state.member(id, by)
  if (request.seq > channel.readable) throw noSuch()
  const key = await context.keys.ensure(by)
  return { ...(await lookUp(context, state, channel, request.seq)), key }
}

/** What memory and the store know of a message, but for what was changed lately. @throws `not_found`, `unavailable` */
export async function lookUp(
  { directory, keys }: ChatContext,
  state: ChatState,
  { id, readable }: Channel,
  seq: number,
): Promise<Omit<KnownMessage, 'key'>> {
  if (seq < 1 || seq > readable) throw noSuch()
  const held = await state.tail.one(id, seq, keys)
  // What the store doesn't have yet has its whole story in memory.
  if (held !== null && !held.isConfirmed)
    return { ...writtenIn(held.message), deleted: false, reactions: new Map() }
  const { found } = await directory.callStorage(messageState, { channel: id, seq })
  const written = held === null ? found : writtenIn(held.message)
  if (written === null) throw noSuch()
  return {
    from: written.from,
    mentions: written.mentions,
    deleted: found?.deleted ?? false,
    reactions: new Map(found?.reactions.map(({ emoji, users }) => [emoji, new Set(users)])),
  }
}

export const noSuch = () => new WeftError('not_found', 'seq: no such message')

const writtenShape = z.object({ from: userIdSchema, mentions: z.array(userIdSchema).default([]) })
const writtenIn = (message: Uint8Array) => writtenShape.parse(JSON.parse(Buffer.from(message).toString()))
