import {
  channelReach,
  recentReads,
  storeReached,
  type ThreadMark,
  type ThreadState,
} from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { pinnedMessage } from '../../../shared/protocol/changed-message.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { REACH_MS } from './history-page.ts'

/**
 * What a member may see of a channel's threads stands in the store once this resolves: every reply that was acked before.
 * @throws `not_found`, `forbidden`, `unavailable`
 */
export async function threadsReached(
  directory: Directory,
  user: UserId,
  channel: ChannelId,
): Promise<{ readonly head: number; readonly joined: number; readonly pinned: readonly number[] }> {
  const { pack, ...reach } = await directory.callOwner(channelReach, 'log', channel, { channel, user })
  const position = { kind: 'log', partition: directory.partitionOf('log', channel), pack } as const
  const asked = { positions: [position], wait_ms: REACH_MS }
  await directory.callStorage(storeReached, asked, { deadlineMs: REACH_MS + 500 })
  return reach
}

/** How far the user has read threads, as far as the store may not have it yet: asked before the store, for marks only rise. */
export async function recentThreadMarks(directory: Directory, user: UserId): Promise<ThreadMark[]> {
  return (await directory.callOwner(recentReads, 'sync', user, { user })).threads
}

/** A message by the part of a path. @throws `not_found` */
export function threadOfPath(part: string | undefined): number {
  if (part === undefined || !/^[1-9]\d{0,14}$/.test(part)) throw noSuchThread()
  return Number(part)
}

export const noSuchThread = () => new WeftError('not_found', 'thread: no such message')

/** A thread's JSON; its first message stands in it as the bytes that it is. */
export function threadJson({ root, last, ...thread }: ThreadState, pinned: readonly number[] = []): string {
  const { channel, thread: seq, ...mine } = thread
  const first = pinned.includes(seq) ? Buffer.from(pinnedMessage(Buffer.from(root))).toString() : root
  const shown = JSON.stringify({ ...mine, last: { ...last, at: isoTime(last.at) } }).slice(1)
  return `{"channel":"${channel}","thread":${seq},"root":${first},${shown}`
}

export function threadList(
  threads: readonly ThreadState[],
  next: string | null,
  pinned: readonly number[] = [],
): Uint8Array {
  const items = threads.map((thread) => threadJson(thread, pinned))
  return Buffer.from(`{"items":[${items.join(',')}],"next":${JSON.stringify(next)}}`)
}
