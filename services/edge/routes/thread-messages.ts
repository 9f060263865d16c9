import { threadPage } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { pinnedMessage } from '../../../shared/protocol/changed-message.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { noSuchThread, threadsReached } from './thread-views.ts'

type Bounds = { readonly before?: number } | { readonly after?: number } | { readonly around?: number }

/** A page of a thread's replies, and the cursor of the next one in the same direction. */
export async function threadMessages(
  directory: Directory,
  asked: {
    readonly channel: ChannelId
    readonly user: UserId
    readonly thread: number
    readonly limit: number
  },
  bounds: Bounds,
): Promise<{ readonly messages: readonly Uint8Array[]; readonly next: string | null }> {
  if ('around' in bounds) throw new WeftError('bad_frame', 'around: not with `thread`')
  const { head, pinned } = await threadsReached(directory, asked.user, asked.channel)
  if (asked.thread > head) throw noSuchThread()
  const page = await directory.callStorage(threadPage, { ...asked, ...bounds })
  const isPinned = new Set(pinned)
  const messages = page.messages.map((message) =>
    isPinned.has(seqOf(message)) ? pinnedMessage(message) : message,
  )
  const isForward = 'after' in bounds
  const edge = isForward ? messages.at(-1) : messages[0]
  if (!page.more || edge === undefined) return { messages, next: null }
  return { messages, next: `${isForward ? 'after' : 'before'}:${seqOf(edge)}` }
}

/** The fabric made these bytes itself. */
const seqOf = (message: Uint8Array): number =>
  (JSON.parse(Buffer.from(message).toString()) as { seq: number }).seq
