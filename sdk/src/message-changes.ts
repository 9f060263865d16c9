import type { Message, Reaction, UserId } from './types.ts'
import { isJson, type Json, text } from './wire.ts'

const CHANGES: readonly unknown[] = ['edited', 'deleted', 'reaction', 'pinned']

/** Whether an event changes a message that was said before. */
export const isChange = (event: Json): boolean => CHANGES.includes(event.kind)

/** The message after the event; the same object if the event doesn't change it. */
export function changed(message: Message, event: Json, me: UserId | undefined): Message {
  if (message.deleted && event.kind !== 'deleted') return message
  switch (event.kind) {
    case 'edited':
      return edited(message, event)
    case 'deleted':
      return gone(message)
    case 'reaction':
      return reacted(message, event, me)
    case 'pinned': {
      const { pinned: _, ...rest } = message
      return event.on === true ? { ...rest, pinned: true } : rest
    }
    default:
      return message
  }
}

/** What is left of a message that was deleted or has expired: its place, who said it, and when. */
export function gone(message: Message): Message {
  const { reactions: _reactions, pinned: _pinned, mentions: _mentions, ...rest } = message
  return { ...rest, body: '', deleted: true }
}

function edited(message: Message, event: Json): Message {
  const { body, mentions } = event
  if (typeof body !== 'string' && !isJson(body)) return message
  const editedAt = text(event.edited_at) ?? text(event.at)
  return {
    ...message,
    body,
    ...(editedAt === undefined ? {} : { edited_at: editedAt }),
    ...(Array.isArray(mentions) ? { mentions: mentions.map(String) } : {}),
  }
}

function reacted(message: Message, event: Json, me: UserId | undefined): Message {
  const emoji = text(event.emoji)
  if (emoji === undefined) return message
  const on = event.on === true
  const mine = event.user === me
  const before = message.reactions?.find((one) => one.emoji === emoji)
  // My own may be shown already: before the answer came, or by the page that was fetched meanwhile.
  if (mine && (before?.mine ?? false) === on) return message
  const after: Reaction = {
    emoji,
    count: (before?.count ?? 0) + (on ? 1 : -1),
    mine: mine ? on : (before?.mine ?? false),
  }
  const reactions = before
    ? (message.reactions ?? []).map((one) => (one === before ? after : one))
    : [...(message.reactions ?? []), after]
  const { reactions: _, ...rest } = message
  const left = reactions.filter(({ count }) => count > 0)
  return left.length === 0 ? rest : { ...rest, reactions: left }
}
