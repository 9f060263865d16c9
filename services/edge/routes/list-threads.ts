import { threadsOfChannel } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { recentThreadMarks, threadList, threadsReached } from './thread-views.ts'
import { type Route, rawBody } from './types.ts'

const NEXT = /^before:(\d{1,15})$/

/** A channel's threads, each as far as the user has read it. */
export const listThreads: Route<'listThreads'> = async ({ directory }, { identity, params, query }) => {
  const { user } = identity
  const channel = trusted<ChannelId>(params.channel ?? '')
  const before = query.cursor === undefined ? null : placeOf(query.cursor)
  const { joined, pinned } = await threadsReached(directory, user, channel)
  const marks = await recentThreadMarks(directory, user)
  const limit = query.limit ?? PAGE_DEFAULT
  const asked = { channel, user, joined, marks, before, only: null, limit }
  const { threads, more } = await directory.callStorage(threadsOfChannel, asked)
  const last = threads.at(-1)?.last.seq
  const next = more && last !== undefined ? `before:${last}` : null
  return { status: 200, body: { [rawBody]: threadList(threads, next, pinned) } }
}

function placeOf(cursor: string): number {
  const before = NEXT.exec(cursor)?.[1]
  if (before === undefined) throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return Number(before)
}
