import type { Body, Message, OutboxEntry, UserId } from '../../sdk/src/mod.ts'
import { explain } from './problems.ts'
import type { Line } from './types.ts'

/** Bodies are text, or an object that may hold `text`; what else they may be is not for this page. */
export function textOf(body: Body): string {
  if (typeof body === 'string') return body
  return typeof body.text === 'string' ? body.text : 'This message can’t be shown here.'
}

/** A time that can't be read would stop the page; the epoch only looks odd. */
function timeOf(text: string): Date {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? new Date(0) : at
}

export const lineOfMessage = (message: Message, me: UserId | undefined): Line => ({
  key: `${message.from}:${message.cid}`,
  seq: message.seq,
  from: message.from,
  at: timeOf(message.at),
  text: textOf(message.body),
  mine: message.from === me,
  state: 'sent',
  gone: message.deleted === true,
  edited: message.edited_at !== undefined,
  ...placeOf(message),
  ...(message.mentions === undefined ? {} : { mentions: message.mentions }),
})

export const lineOfEntry = (entry: OutboxEntry, me: UserId): Line => ({
  key: `${me}:${entry.cid}`,
  seq: entry.seq ?? 0,
  from: me,
  at: timeOf(entry.at ?? entry.createdAt),
  text: textOf(entry.body),
  mine: true,
  state: entry.status === 'acked' ? 'sent' : entry.status === 'failed' ? 'failed' : 'sending',
  ...(entry.options.replyTo === undefined ? {} : { thread: entry.options.replyTo }),
  ...(entry.options.mentions === undefined ? {} : { mentions: entry.options.mentions }),
  ...(entry.options.mentionAll === undefined ? {} : { mentionAll: true }),
  ...(entry.error === undefined ? {} : { problem: explain(entry.error, 'send') }),
})

/** Where a message stands beside the order of things, and what is attached to it; what is absent stays absent. */
function placeOf(message: Message): Partial<Line> {
  const { quote, forwarded, reactions, expires_at: expiresAt, thread_replies: replies } = message
  const thread = message.thread ?? message.reply_to
  return {
    ...(thread === undefined ? {} : { thread }),
    ...(quote === undefined ? {} : { quote }),
    ...(message.mention_all === undefined ? {} : { mentionAll: true }),
    ...(forwarded === undefined ? {} : { forwarded }),
    ...(reactions === undefined ? {} : { reactions }),
    ...(message.pinned === undefined ? {} : { pinned: message.pinned }),
    ...(replies === undefined ? {} : { replies }),
    ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt) }),
  }
}

/** A line after somebody reacted or took it back; my own may be shown already. */
export function withReaction(line: Line, emoji: string, on: boolean, mine: boolean): Line {
  const reactions = line.reactions ?? []
  const before = reactions.find((one) => one.emoji === emoji)
  if (mine && (before?.mine ?? false) === on) return line
  const after = {
    emoji,
    count: (before?.count ?? 0) + (on ? 1 : -1),
    mine: mine ? on : (before?.mine ?? false),
  }
  const all =
    before === undefined ? [...reactions, after] : reactions.map((one) => (one === before ? after : one))
  return { ...line, reactions: all.filter(({ count }) => count > 0) }
}

/** The cid in a line's key. */
export const cidOfKey = (key: string): string => key.slice(key.indexOf(':') + 1)

/**
 * What is held of the log, and after it what is on its way there. An entry that is acked stays until the log shows
 * it, so that no message is away for a moment between the two.
 */
export function joinLines(
  log: readonly Line[],
  entries: readonly OutboxEntry[],
  me: UserId | undefined,
): readonly Line[] {
  if (entries.length === 0 || me === undefined) return log
  const last = log.at(-1)?.seq ?? 0
  const held = new Set(log.filter((line) => line.mine).map((line) => line.key))
  const waiting = entries
    .map((entry) => lineOfEntry(entry, me))
    .filter((line) => !held.has(line.key) && (line.seq === 0 || line.seq > last))
  const acked = waiting.filter((line) => line.seq > 0).sort((a, b) => a.seq - b.seq)
  return [...log, ...acked, ...waiting.filter((line) => line.seq === 0)]
}

/** A line after an answer to it; one that was counted already changes nothing. */
export function withReply(line: Line, seq: number): Line {
  const { count, last } = line.replies ?? { count: 0, last: 0 }
  return seq <= last ? line : { ...line, replies: { count: count + 1, last: seq } }
}
