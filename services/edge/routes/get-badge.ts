import { channelsList, queueHead } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { ChannelView } from '../../../shared/protocol/http.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { PAGE_MAX } from '../../../shared/protocol/limits.ts'
import { countedViews } from './channel-views.ts'
import { positionsOf } from './positions.ts'
import type { Route } from './types.ts'

/** How long it waits for the store to reach the queue's head (ms). */
const STORE_WAIT_MS = 2_500

/** Every unread message of channels that aren't muted, and those that mention me in channels whose mute lets them through. */
export const getBadge: Route<'getBadge'> = async ({ directory }, { identity }) => {
  const { user } = identity
  const head = await directory.callOwner(queueHead, 'sync', user, { user })
  const positions = positionsOf(head)
  let unread = 0
  let after: ChannelId | null = null
  do {
    const page: { channels: { id: ChannelId }[]; more: boolean; unread: number } = await unreadOf(
      directory,
      user,
      after,
      positions,
    )
    unread += page.unread
    after = page.more ? (page.channels.at(-1)?.id ?? null) : null
  } while (after !== null)
  return { status: 200, body: { unread, cursor: `${head.epoch}:${head.n}` } }
}

async function unreadOf(
  directory: Directory,
  user: UserId,
  after: ChannelId | null,
  positions: { kind: 'log' | 'sync'; partition: number; pack: number }[],
) {
  const { channels, more } = await directory.callStorage(
    channelsList,
    { user, after, limit: PAGE_MAX, positions, wait_ms: STORE_WAIT_MS },
    { deadlineMs: STORE_WAIT_MS + 1_500 },
  )
  const views = await countedViews(directory, user, channels, true)
  const unread = views.reduce((sum, view) => sum + shownOn(view), 0)
  return { channels, more, unread }
}

const shownOn = ({ mute, mentions, unread }: ChannelView): number =>
  mute === undefined ? unread : mute.mentions ? mentions : 0
