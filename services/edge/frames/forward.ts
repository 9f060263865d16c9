import { channelInfo } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { Message } from '../../../shared/protocol/events.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { historyPage } from '../routes/history-page.ts'

export type Place = { readonly channel: ChannelId; readonly seq: number }
type Forwarded = NonNullable<Message['forwarded']>

/**
 * What a message says just now, and what its new readers may know of where it was first said.
 * @throws `not_found`, `forbidden` to one who can't read it; `conflict` if it was deleted, or has disappeared
 */
export async function forwardedFrom(
  directory: Directory,
  user: UserId,
  source: Place,
  target: ChannelId,
): Promise<Pick<Message, 'body'> & { readonly forwarded: Forwarded }> {
  const message = await readable(directory, user, source)
  const { from } = message.forwarded ?? message
  const place = firstPlace(message)
  const isKnown = place !== null && (place.channel === target || (await isPublic(directory, user, place)))
  return { body: message.body, forwarded: isKnown ? { ...place, from } : { from } }
}

async function readable(directory: Directory, user: UserId, { channel, seq }: Place): Promise<Message> {
  const { messages } = await historyPage(directory, { channel, user, after: seq - 1, limit: 1 })
  const [bytes] = messages
  if (bytes === undefined) throw new WeftError('not_found', 'forward: no such message')
  // The fabric made these bytes itself.
  const message = JSON.parse(Buffer.from(bytes).toString()) as Message
  const isOver = message.expires_at !== undefined && Date.parse(message.expires_at) <= Date.now()
  if (message.deleted || isOver) throw new WeftError('conflict', 'forward: the message was deleted')
  return message
}

/** Where it was first said; null where that isn't told. */
function firstPlace({ forwarded, channel, seq }: Message): Place | null {
  if (forwarded === undefined) return { channel, seq }
  if (forwarded.channel === undefined || forwarded.seq === undefined) return null
  return { channel: forwarded.channel, seq: forwarded.seq }
}

/** As far as the user can tell. */
async function isPublic(directory: Directory, user: UserId, { channel }: Place): Promise<boolean> {
  try {
    return (await directory.callOwner(channelInfo, 'log', channel, { channel, user })).public === true
  } catch (error) {
    if (error instanceof WeftError && !error.shouldRetry()) return false
    throw error
  }
}
