import {
  channelWindow,
  historyRange,
  type PageRequest,
  type PageWindow,
  storeReached,
} from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { pinnedMessage } from '../../../shared/protocol/changed-message.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'

/** What was changed a moment ago is waited for this long (ms): storage writes at once when somebody waits. */
export const REACH_MS = 2_000

export type HistoryPage = {
  readonly window: PageWindow
  readonly messages: readonly Uint8Array[]
  /** The store is out of reach, and something of the page with it. */
  readonly partial: boolean
}

/** A page of a channel's messages as they are now: the newest part from the owner's memory, the rest from the store. */
export async function historyPage(
  directory: Directory,
  request: Omit<PageRequest, 'without_store'>,
): Promise<HistoryPage> {
  const page = await pageOf(directory, request)
  const { first, pinned } = page.window
  if (pinned.length === 0) return page
  const isPinned = new Set(pinned)
  const messages = page.messages.map((message, index) =>
    isPinned.has(first + index) ? pinnedMessage(message) : message,
  )
  return { ...page, messages }
}

async function pageOf(
  directory: Directory,
  request: Omit<PageRequest, 'without_store'>,
): Promise<HistoryPage> {
  const { channel } = request
  const window = await directory.callOwner(channelWindow, 'log', channel, request)
  if (window.reach === 0)
    return { window, messages: await messagesOf(directory, request, window), partial: false }
  try {
    await storeHas(directory, channel, window.reach)
    return { window, messages: await messagesOf(directory, request, window), partial: false }
  } catch (error) {
    if (!(error instanceof WeftError) || error.code !== 'unavailable') throw error
    const asked = { ...request, without_store: true }
    const held = await directory.callOwner(channelWindow, 'log', channel, asked)
    if (held.run.messages.length === 0) throw error
    return { window: { ...held, first: held.run.from }, messages: held.run.messages, partial: true }
  }
}

/** Waits until the store has a channel's log up to this pack. @throws `unavailable` */
export async function storeHas(directory: Directory, channel: ChannelId, pack: number): Promise<void> {
  const position = { kind: 'log', partition: directory.partitionOf('log', channel), pack } as const
  const asked = { positions: [position], wait_ms: REACH_MS }
  await directory.callStorage(storeReached, asked, { deadlineMs: REACH_MS + 500 })
}

/** Those that the owner holds, and before them the store's. */
async function messagesOf(
  directory: Directory,
  { channel, user }: Pick<PageRequest, 'channel' | 'user'>,
  { first, last, run }: PageWindow,
): Promise<readonly Uint8Array[]> {
  const messages: Uint8Array[] = []
  const end = Math.min(last, run.from - 1)
  for (let from = first; from <= end; ) {
    const part = await directory.callStorage(historyRange, { channel, user, first: from, last: end })
    // A hole is never passed over in silence.
    if (part.messages.length === 0 || part.from !== from)
      throw unavailable('the store lacks a part of this page')
    messages.push(...part.messages)
    from += part.messages.length
  }
  return [...messages, ...run.messages]
}
