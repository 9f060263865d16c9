import type {
  ThreadMark,
  ThreadState,
  threadsFollowed,
  threadsOfChannel,
} from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { threadKey } from '../../../shared/fabric/user-requests.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { MAX_FOLLOWED_THREADS, MAX_THREAD_UNREAD } from '../../../shared/protocol/limits.ts'
import type { StorageContext } from '../context.ts'
import type { FollowedThread, ThreadRow } from '../store/store.ts'
import type { Operation } from './types.ts'

/** First messages of one answer, which stand in it as text within text (bytes). */
const ROOTS_MAX_BYTES = MAX_PAGE_BYTES / 2

type Reader = { readonly user: UserId; readonly marks: readonly ThreadMark[] }
/** A thread, and what of it is the reader's own. */
type Known = FollowedThread & { readonly following: boolean }
type Counted = Known & { readonly read: number; readonly unread: number }

export const threadsOfChannelOperation: Operation<typeof threadsOfChannel> =
  (context) =>
  async ({ channel, joined, before, only, limit, ...reader }) => {
    const { store } = context
    const rows = only === null ? await store.threads(channel, before, limit + 1) : await one()
    const follows = await store.follows(reader.user, rows)
    const known = rows.map((row, index): Known => {
      const wrote = follows[index] ?? null
      return { ...row, joined, wrote: wrote ?? 0, following: wrote !== null }
    })
    const counted = await count(context, reader, known.slice(0, limit))
    return withRoots(context, reader, counted, rows.length > limit)

    async function one(): Promise<ThreadRow[]> {
      const row = only === null ? null : await store.thread(channel, only)
      return row === null ? [] : [row]
    }
  }

/** Looks at the threads that the user took part in last, all of them for each page: bounded by their number. */
export const threadsFollowedOperation: Operation<typeof threadsFollowed> =
  (context) =>
  async ({ after, limit, ...reader }) => {
    const followed = await context.store.followedThreads(reader.user, MAX_FOLLOWED_THREADS)
    const all = await count(
      context,
      reader,
      followed.map((thread) => ({ ...thread, following: true })),
    )
    const unread = all.filter((thread) => thread.unread > 0).sort(byNewest)
    const rest =
      after === null
        ? unread
        : unread.filter((thread) => byNewest(thread, { ...after, last: { at: after.at } }) > 0)
    return withRoots(context, reader, rest.slice(0, limit), rest.length > limit)
  }

async function count(
  { store }: StorageContext,
  { user, marks }: Reader,
  threads: readonly Known[],
): Promise<Counted[]> {
  const recent = new Map(marks.map(({ channel, thread, seq }) => [threadKey(channel, thread), seq]))
  const keys = threads.map(({ channel, thread }) => threadKey(channel, thread))
  const stored = await store.stateValues(keys.map((key) => ({ user, area: 'thread', key })))
  // Writing in it is reading it.
  const reads = threads.map(({ wrote }, index) =>
    Math.max(wrote, Number(stored[index] ?? 0), recent.get(keys[index] ?? '') ?? 0),
  )
  const asked = threads.map(({ channel, thread, joined }, index) => ({
    channel,
    thread,
    after: Math.max(joined, reads[index] ?? 0),
  }))
  const counts = await store.threadUnread(user, asked, MAX_THREAD_UNREAD)
  return threads.map((thread, index) => ({
    ...thread,
    read: reads[index] ?? 0,
    unread: counts[index] ?? 0,
  }))
}

/** With the messages that they began with, as many as fit. */
async function withRoots(
  { history }: StorageContext,
  { user }: Reader,
  threads: readonly Counted[],
  more: boolean,
): Promise<{ threads: ThreadState[]; more: boolean }> {
  const shown: ThreadState[] = []
  let bytes = 0
  for (const { channel, thread, replies, last, read, unread, following } of threads) {
    const [root] = await history.some(channel, [thread], user, ROOTS_MAX_BYTES)
    if (root === undefined) continue
    bytes += root.length
    if (shown.length > 0 && bytes > ROOTS_MAX_BYTES) return { threads: shown, more: true }
    const text = Buffer.from(root).toString()
    shown.push({ channel, thread, root: text, replies, last: { ...last }, read, unread, following })
  }
  return { threads: shown, more }
}

type Placed = Pick<ThreadRow, 'channel' | 'thread'> & { readonly last: { readonly at: number } }
/** The newest reply first; of one moment, by their place. */
function byNewest(a: Placed, b: Placed): number {
  if (a.last.at !== b.last.at) return b.last.at - a.last.at
  if (a.channel !== b.channel) return a.channel < b.channel ? -1 : 1
  return a.thread - b.thread
}
