import { type ChannelState, channelInfos, recentReads } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { Message } from '../../../shared/protocol/events.ts'
import type { ChannelView } from '../../../shared/protocol/http.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { historyPage } from './history-page.ts'
import { mutesOf } from './my-state.ts'

/** What the store, or the owner, knows of a channel, and how far this user has read it. */
export type KnownChannel = ChannelState & { readonly read: number; readonly muted: boolean }

/** PROTOCOL.md's channel, as one user sees it. */
export function viewOf({ joined, sent = 0, replies = [], ...state }: KnownChannel): ChannelView {
  const read = Math.max(state.read, sent)
  return {
    ...state,
    read: Math.min(read, state.head),
    unread: unreadOf(state.head, Math.max(read, joined), replies),
    fanout: state.fanout ?? 'queue',
  }
}

/** Channels as the store has them, brought up to date from what the owners hold. Those that the user left are dropped. */
export async function channelViews(
  directory: Directory,
  user: UserId,
  stored: readonly (ChannelState & { readonly read: number })[],
  withLast: boolean,
): Promise<ChannelView[]> {
  if (stored.length === 0) return []
  const [states, reads, mutes] = await Promise.all([
    presentStates(
      directory,
      user,
      stored.map(({ id }) => id),
    ),
    readMarks(directory, user),
    mutesOf(directory, user),
  ])
  const views = stored.flatMap(({ id, read }) => {
    const state = states.get(id)
    if (state === undefined) return []
    const upTo = Math.max(read, reads.get(id) ?? 0)
    return [viewOf({ ...state, read: upTo, muted: mutes.has(id) })]
  })
  return withLast ? Promise.all(views.map((view) => withLastMessage(directory, user, view))) : views
}

export async function presentStates(
  directory: Directory,
  user: UserId,
  ids: readonly ChannelId[],
): Promise<ReadonlyMap<ChannelId, ChannelState>> {
  const byPartition = Map.groupBy(ids, (id) => directory.partitionOf('log', id))
  const answers = await Promise.all(
    Array.from(byPartition, ([partition, channels]) =>
      directory.callPartition(channelInfos, 'log', partition, { channels, user }),
    ),
  )
  return new Map(answers.flatMap(({ channels }) => channels.map((state) => [state.id, state] as const)))
}

/** Read marks that the store may not have yet. */
export async function readMarks(directory: Directory, user: UserId): Promise<ReadonlyMap<ChannelId, number>> {
  const { reads } = await directory.callOwner(recentReads, 'sync', user, { user })
  return new Map(reads.map(({ channel, seq }) => [channel, seq]))
}

/** With the newest message: from its owner's memory, else from the store. */
export async function withLastMessage(
  directory: Directory,
  user: UserId,
  view: ChannelView,
): Promise<ChannelView> {
  const { id: channel, head } = view
  if (head === 0) return view
  const { messages } = await historyPage(directory, { channel, user, limit: 1 })
  const bytes = messages.at(-1)
  // The fabric made these bytes itself.
  return bytes === undefined ? view : { ...view, last: JSON.parse(Buffer.from(bytes).toString()) as Message }
}

/** Messages after the mark, but for replies in threads: those are counted by thread. */
const unreadOf = (head: number, mark: number, replies: readonly number[]): number =>
  Math.max(0, head - mark - replies.filter((seq) => seq > mark).length)
