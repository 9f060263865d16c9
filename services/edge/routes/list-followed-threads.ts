import { type FollowedPlace, queueHead, storeReached, threadsFollowed } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { presentStates } from './channel-views.ts'
import { REACH_MS } from './history-page.ts'
import { positionsOf } from './positions.ts'
import { recentThreadMarks, threadList } from './thread-views.ts'
import { type Route, rawBody } from './types.ts'

const NEXT = /^(\d{1,15}):([A-Za-z0-9_-]{1,64}):(\d{1,15})$/

/** Reflects at least every event in the user's queue; a channel that they left since then isn't shown. */
export const listFollowedThreads: Route<'listFollowedThreads'> = async (
  { directory },
  { identity, query },
) => {
  const { user } = identity
  const after = query.cursor === undefined ? null : placeOf(query.cursor)
  const head = await directory.callOwner(queueHead, 'sync', user, { user })
  const reached = { positions: positionsOf(head), wait_ms: REACH_MS }
  await directory.callStorage(storeReached, reached, { deadlineMs: REACH_MS + 500 })
  const marks = await recentThreadMarks(directory, user)
  const asked = { user, marks, after, limit: query.limit ?? PAGE_DEFAULT }
  const { threads, more } = await directory.callStorage(threadsFollowed, asked)
  const channels = [...new Set(threads.map(({ channel }) => channel))]
  const mine = await presentStates(directory, user, channels)
  const last = threads.at(-1)
  const next = more && last !== undefined ? `${last.last.at}:${last.channel}:${last.thread}` : null
  const shown = threads.filter(({ channel }) => mine.has(channel))
  return { status: 200, body: { [rawBody]: threadList(shown, next) } }
}

function placeOf(cursor: string): FollowedPlace {
  const [, at, channel, thread] = NEXT.exec(cursor) ?? []
  if (channel === undefined) throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  return { at: Number(at), channel: trusted<ChannelId>(channel), thread: Number(thread) }
}
