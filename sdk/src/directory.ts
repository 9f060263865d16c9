import { channelWithLast, parseMessage } from './channel-book.ts'
import { WeftError } from './errors.ts'
import { type Http, part } from './http.ts'
import type { Channel, ChannelId, Cursor, HistoryPage, HistoryQuery, Mark, Message, UserId } from './types.ts'
import { isJson, type Json, number, text } from './wire.ts'

/** Pages of a snapshot at most: a server that goes on for ever is not believed. */
const MAX_PAGES = 10_000

export const itemsOf = (answer: Json, field = 'items'): readonly unknown[] => {
  const items = answer[field]
  return Array.isArray(items) ? items : []
}

/** The snapshot after a `reset`. The first page's cursor counts: all that follows reflects at least it. */
export async function takeSnapshot(http: Http): Promise<{ cursor: Cursor; channels: Channel[] }> {
  const channels: Channel[] = []
  let cursor: Cursor | undefined
  let next: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`
    const answer = await http.call('GET', `/v1/sync?last=1${query}`)
    cursor ??= text(answer.cursor)
    for (const item of itemsOf(answer, 'channels')) {
      const channel = channelWithLast(item)
      if (channel) channels.push(channel)
    }
    next = text(answer.next)
    if (next === undefined) break
  }
  if (cursor === undefined) throw new WeftError('unavailable', 'the snapshot came without a cursor')
  return { cursor, channels }
}

export async function fetchChannel(http: Http, id: ChannelId): Promise<Channel> {
  const answer = await http.call('GET', `/v1/channels/${part(id)}?last=1`)
  const channel = channelWithLast(isJson(answer.channel) ? answer.channel : answer)
  if (!channel) throw new WeftError('unavailable', 'the server answered without a channel')
  return channel
}

/** How far the others have got. */
export async function fetchReceipts(
  http: Http,
  id: ChannelId,
): Promise<(Mark & { readonly user: UserId })[]> {
  const answer = await http.call('GET', `/v1/channels/${part(id)}/receipts`)
  return itemsOf(answer).flatMap((item) => {
    const user = isJson(item) ? text(item.user) : undefined
    if (!isJson(item) || user === undefined) return []
    return [{ user, delivered: number(item.delivered) ?? 0, read: number(item.read) ?? 0 }]
  })
}

export async function fetchHistory(http: Http, id: ChannelId, query: HistoryQuery): Promise<HistoryPage> {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  const search = parameters.size > 0 ? `?${parameters}` : ''
  const answer = await http.call('GET', `/v1/channels/${part(id)}/messages${search}`)
  const items: Message[] = []
  for (const item of itemsOf(answer)) {
    const message = parseMessage(item)
    if (message) items.push(message)
  }
  return { items, next: text(answer.next) ?? null, partial: answer.partial === true }
}
