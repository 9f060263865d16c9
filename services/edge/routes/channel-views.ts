import { type ChannelState, channelInfos, mentionsCount, recentReads } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { inPortions } from '../../../shared/fabric/portions.ts'
import type { Message } from '../../../shared/protocol/events.ts'
import type { ChannelView } from '../../../shared/protocol/http.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { Mute } from '../../../shared/protocol/settings.ts'
import { historyPage } from './history-page.ts'
import { mutesOf } from './my-state.ts'

/** What the store, or the owner, knows of a channel, how far this user has read it, and how it is muted just now. */
export type KnownChannel = ChannelState & { readonly read: number; readonly mute: Mute | null }

type StoredChannel = ChannelState & { readonly read: number }

/** What was sent a moment ago is waited for this long (ms), to count whom it mentions. */
const MENTIONS_WAIT_MS = 2_000

/** PROTOCOL.md's channels, as one user sees them. */
export async function viewsOf(
  directory: Directory,
  user: UserId,
  known: readonly KnownChannel[],
): Promise<ChannelView[]> {
  const views = known.map(({ joined, sent = 0, replies = [], mention_pack, mute, ...state }) => {
    const read = Math.max(state.read, sent)
    const mark = Math.max(read, joined)
    const view: ChannelView = {
      ...state,
      read: Math.min(read, state.head),
      unread: unreadOf(state.head, mark, replies),
      mentions: 0,
      muted: mute !== null,
      ...(mute === null ? {} : { mute }),
      fanout: state.fanout ?? 'queue',
    }
    return { view, mark, mention_pack }
  })
  const asked = views.filter(({ view }) => view.unread > 0)
  if (asked.length === 0) return views.map(({ view }) => view)
  const { counts } = await directory.callStorage(
    mentionsCount,
    {
      user,
      channels: asked.map(({ view, mark }) => ({ channel: view.id, after: mark })),
      positions: asked.flatMap(({ view, mention_pack: pack }) =>
        pack === undefined
          ? []
          : [{ kind: 'log' as const, partition: directory.partitionOf('log', view.id), pack }],
      ),
      wait_ms: MENTIONS_WAIT_MS,
    },
    { deadlineMs: MENTIONS_WAIT_MS + 500 },
  )
  for (const [index, { view }] of asked.entries()) view.mentions = counts[index] ?? 0
  return views.map(({ view }) => view)
}

/** The same of one. */
export async function viewOf(directory: Directory, user: UserId, known: KnownChannel): Promise<ChannelView> {
  const [view] = await viewsOf(directory, user, [known])
  if (view === undefined) throw new Error('a channel that was given is not there')
  return view
}

/** Channels as the store has them, brought up to date from what the owners hold. Those that the user left are dropped. */
export async function channelViews(
  directory: Directory,
  user: UserId,
  stored: readonly StoredChannel[],
  withLast: boolean,
): Promise<ChannelView[]> {
  const views = await countedViews(directory, user, stored, false)
  return withLast ? Promise.all(views.map((view) => withLastMessage(directory, user, view))) : views
}

/** `brief`: for who only counts. */
export async function countedViews(
  directory: Directory,
  user: UserId,
  stored: readonly StoredChannel[],
  brief: boolean,
): Promise<ChannelView[]> {
  if (stored.length === 0) return []
  const [states, reads, mutes] = await Promise.all([
    presentStates(
      directory,
      user,
      stored.map(({ id }) => id),
      brief,
    ),
    readMarks(directory, user),
    mutesOf(directory, user),
  ])
  const known = stored.flatMap(({ id, read }) => {
    const state = states.get(id)
    if (state === undefined) return []
    const upTo = Math.max(read, reads.get(id) ?? 0)
    return [{ ...state, read: upTo, mute: mutes.get(id) ?? null }]
  })
  return viewsOf(directory, user, known)
}

/** `brief`: without their settings. */
export async function presentStates(
  directory: Directory,
  user: UserId,
  ids: readonly ChannelId[],
  brief = false,
): Promise<ReadonlyMap<ChannelId, ChannelState>> {
  const byPartition = Map.groupBy(ids, (id) => directory.partitionOf('log', id))
  const answers = await Promise.all(
    Array.from(byPartition, ([partition, asked]) =>
      inPortions(asked, (channels) =>
        directory.callPartition(channelInfos, 'log', partition, { channels: [...channels], user, brief }),
      ),
    ),
  )
  const states = answers.flat().flatMap(({ channels }) => channels)
  return new Map(states.map((state) => [state.id, state]))
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
