import type { ChannelRecord } from './channel-book.ts'
import type { Channel, Mark, Tick, UserId } from './types.ts'

/** Others whose marks are kept of a channel; past it receipts say little to anyone. */
const MAX_MARKS = 256

/** Somebody else has received or read up to `seq`; both only rise. */
export function withMark(
  record: ChannelRecord,
  user: UserId,
  kind: 'delivered' | 'read',
  seq: number,
): ChannelRecord {
  const marks = record.base.marks ?? {}
  const before: Mark = marks[user] ?? { delivered: 0, read: 0 }
  if (seq <= before[kind] || (!(user in marks) && Object.keys(marks).length >= MAX_MARKS)) return record
  const read = kind === 'read' ? seq : before.read
  const mark: Mark = { delivered: Math.max(before.delivered, seq), read }
  return { ...record, base: { ...record.base, marks: { ...marks, [user]: mark } } }
}

/** Who has left isn't waited for, and counts for nobody who stays. */
export function withoutMark(record: ChannelRecord, user: UserId): ChannelRecord {
  if (!record.base.marks || !(user in record.base.marks)) return record
  const { [user]: _, ...marks } = record.base.marks
  return { ...record, base: { ...record.base, marks } }
}

/** The higher of each. */
export function mergeMarks(a: Channel['marks'], b: Channel['marks']): Channel['marks'] {
  if (!a || !b) return a ?? b
  const marks: Record<UserId, Mark> = { ...a }
  for (const [user, mark] of Object.entries(b)) {
    const other = marks[user]
    marks[user] = other
      ? { delivered: Math.max(mark.delivered, other.delivered), read: Math.max(mark.read, other.read) }
      : mark
  }
  return marks
}

/** How far my message `seq` has got: `delivered` and `read` when that is so of every other member. */
export function tickOf(channel: Channel, seq: number): Tick {
  const marks = Object.values(channel.marks ?? {})
  const others = Math.max(1, channel.members - 1)
  const count = (has: (mark: Mark) => boolean) => marks.filter(has).length
  if (count((mark) => mark.read >= seq) >= others) return 'read'
  return count((mark) => mark.delivered >= seq) >= others ? 'delivered' : 'sent'
}

/** Who has read as far as `seq`. */
export const readersOf = (channel: Channel, seq: number): UserId[] =>
  Object.entries(channel.marks ?? {}).flatMap(([user, mark]) => (mark.read >= seq ? [user] : []))
