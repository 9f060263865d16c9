import { parseMessage } from './channel-book.ts'
import { changed, isChange } from './message-changes.ts'
import type { Message, Thread, ThreadReply, UserId } from './types.ts'
import { isJson, type Json, number, text } from './wire.ts'

/** A reply that came after the server's answer. */
interface Heard extends ThreadReply {
  readonly mine: boolean
  /** Whether it names this user. */
  readonly named: boolean
  readonly deleted: boolean
}

/** What is kept of a thread: the server's last full answer, and what events have added since. */
export interface ThreadRecord {
  readonly base: Thread
  readonly read: number
  /** Ascending by seq, all above the base's last. */
  readonly heard: readonly Heard[]
}

export function parseThread(item: Json): Thread | undefined {
  const root = parseMessage(item.root)
  const last = isJson(item.last) ? item.last : {}
  const [thread, seq, from] = [number(item.thread), number(last.seq), text(last.from)]
  if (!root || thread === undefined || seq === undefined || from === undefined) return undefined
  return {
    channel: root.channel,
    thread,
    root,
    replies: number(item.replies) ?? 0,
    last: { seq, from, at: text(last.at) ?? '' },
    read: number(item.read) ?? 0,
    unread: number(item.unread) ?? 0,
    following: item.following === true,
  }
}

/** The thread as the app sees it. */
export function threadOf(record: ThreadRecord): Thread {
  const { base, heard } = record
  const newest = heard.at(-1)
  const last = newest ? { seq: newest.seq, from: newest.from, at: newest.at } : base.last
  const replies = base.replies + heard.length
  return {
    ...base,
    root: { ...base.root, thread_replies: { count: replies, last: last.seq } },
    replies,
    last,
    read: record.read,
    unread: countUnread(record).unread,
    following: base.following || heard.some(({ mine, named }) => mine || named),
  }
}

/** The server's count holds for its own mark: somewhere between that and its last reply, how many are left is asked for. */
export function countUnread({ base, read, heard }: ThreadRecord): { unread: number; exact: boolean } {
  const since = heard.filter(({ seq, mine, deleted }) => seq > read && !mine && !deleted).length
  if (read <= base.read) return { unread: base.unread + since, exact: true }
  if (read >= base.last.seq || base.unread === 0) return { unread: since, exact: true }
  return { unread: Math.min(base.unread, base.last.seq - read) + since, exact: false }
}

/** Takes a newer full answer in; replies that it doesn't reflect yet stay on top. */
export function rebase(base: Thread, before: ThreadRecord | undefined): ThreadRecord {
  // An answer that was on its way while a newer one came says nothing new.
  if (before && before.base.last.seq > base.last.seq) return withRead(before, base.read)
  return {
    base,
    read: Math.max(base.read, before?.read ?? 0),
    heard: before?.heard.filter(({ seq }) => seq > base.last.seq) ?? [],
  }
}

export const withRead = (record: ThreadRecord, seq: number): ThreadRecord =>
  seq > record.read ? { ...record, read: seq } : record

/** A reply arrived (again). */
export function withReply(record: ThreadRecord, message: Message, me: UserId | undefined): ThreadRecord {
  const { seq, from, at, mentions, deleted } = message
  const mine = from === me
  if (seq <= (record.heard.at(-1)?.seq ?? record.base.last.seq)) return record
  const named = mentions?.some((user) => user === me) === true
  const heard = [...record.heard, { seq, from, at, mine, named, deleted: deleted === true }]
  // Writing in it is reading it.
  return { ...record, heard, read: mine ? Math.max(record.read, seq) : record.read }
}

/** A message of its channel was changed: its first one, or a reply heard of. `inside`: it may be a reply that counted as unread. */
export function withChange(
  record: ThreadRecord,
  event: Json,
  me: UserId | undefined,
): { readonly record: ThreadRecord; readonly inside: boolean } {
  const { base, heard, read } = record
  const seq = number(event.seq) ?? 0
  if (!isChange(event)) return { record, inside: false }
  if (seq === base.thread) {
    const root = changed(base.root, event, me)
    return { record: root === base.root ? record : { ...record, base: { ...base, root } }, inside: false }
  }
  if (event.kind !== 'deleted') return { record, inside: false }
  if (heard.some((reply) => reply.seq === seq && !reply.deleted)) {
    const left = heard.map((reply) => (reply.seq === seq ? { ...reply, deleted: true } : reply))
    return { record: { ...record, heard: left }, inside: false }
  }
  const couldCount = base.unread > 0 && seq > Math.max(read, base.thread) && seq <= base.last.seq
  return { record, inside: couldCount }
}
