import { channelsList, queueHead } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted } from '../../../shared/protocol/ids.ts'
import { PAGE_DEFAULT } from '../../../shared/protocol/limits.ts'
import { channelViews } from './channel-views.ts'
import { positionsOf } from './positions.ts'
import type { Route } from './types.ts'

/** How long the snapshot waits for the store to reach its cursor (ms). */
const STORE_WAIT_MS = 2_500
/** The first page's cursor, then the last channel on the page before. */
const NEXT = /^([A-Za-z0-9_-]{1,64}:\d{1,15})~([A-Za-z0-9_-]{1,64})$/

/**
 * Where the queue stands is taken first; what follows reflects at least every event up to there. Later pages keep the
 * first one's cursor.
 */
export const getSnapshot: Route<'getSnapshot'> = async ({ directory }, { identity, query }) => {
  const { user } = identity
  const page = query.cursor === undefined ? null : NEXT.exec(query.cursor)
  if (query.cursor !== undefined && page === null)
    throw new WeftError('bad_frame', 'cursor: must be the `next` of an earlier page')
  const head = await directory.callOwner(queueHead, 'sync', user, { user })
  const cursor = page?.[1] ?? `${head.epoch}:${head.n}`
  const { channels, more } = await directory.callStorage(
    channelsList,
    {
      user,
      after: page?.[2] === undefined ? null : trusted<ChannelId>(page[2]),
      limit: query.limit ?? PAGE_DEFAULT,
      positions: positionsOf(head),
      wait_ms: STORE_WAIT_MS,
    },
    { deadlineMs: STORE_WAIT_MS + 1_500 },
  )
  const views = await channelViews(directory, user, channels, query.last !== '0')
  const last = channels.at(-1)
  return {
    status: 200,
    body: { cursor, channels: views, next: more && last !== undefined ? `${cursor}~${last.id}` : null },
  }
}
