import type { PageWindow } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { MAX_SEQ, PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { historyPage } from './history-page.ts'
import { threadMessages } from './thread-messages.ts'
import { type Route, rawBody } from './types.ts'

const NEXT = /^(before|after):(\d{1,15})$/

/** History: the newest part from the owner's memory, the rest from the store; the messages' bytes pass as they are. */
export const listMessages: Route<'listMessages'> = async ({ directory }, { identity, params, query }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const bounds = boundsOf(query)
  const limit = query.limit ?? PAGE_DEFAULT
  if (query.thread !== undefined) {
    const page = await threadMessages(directory, { channel, user, thread: query.thread, limit }, bounds)
    return { status: 200, body: { [rawBody]: join(page.messages, page.next, false) } }
  }
  const { window, messages, partial } = await historyPage(directory, { channel, user, limit, ...bounds })
  const next = nextOf(window, 'after' in bounds)
  return { status: 200, body: { [rawBody]: join(messages, next, partial) } }
}

type Bounds = { before?: number } | { after?: number } | { around?: number }

function boundsOf({
  before,
  after,
  around,
  cursor,
}: {
  before?: number | undefined
  after?: number | undefined
  around?: number | undefined
  cursor?: string | undefined
}): Bounds {
  if ([before, after, around, cursor].filter((bound) => bound !== undefined).length > 1)
    throw new WeftError('bad_frame', 'before: give at most one of before, after, around and cursor')
  if (before !== undefined) return { before }
  if (after !== undefined) return { after }
  if (around !== undefined) return { around }
  if (cursor === undefined) return {}
  const match = NEXT.exec(cursor)
  const seq = Number(match?.[2])
  if (match === null || seq > MAX_SEQ)
    throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return match[1] === 'after' ? { after: seq } : { before: seq }
}

/** Where the page after this one in the same direction begins; null if there is none. */
function nextOf({ first, last, head }: PageWindow, isForward: boolean): string | null {
  if (last < first) return null
  if (isForward) return last < head ? `after:${last}` : null
  return first > 1 ? `before:${first}` : null
}

function join(messages: readonly Uint8Array[], next: string | null, partial: boolean): Uint8Array {
  const comma = Buffer.from(',')
  const parts = messages.flatMap((message, index) => (index === 0 ? [message] : [comma, message]))
  return Buffer.concat([
    Buffer.from('{"items":['),
    ...parts,
    Buffer.from(`],"next":${JSON.stringify(next)}${partial ? ',"partial":true' : ''}}`),
  ])
}
