import type { ReceiptEntry } from '../../../shared/fabric/calls.ts'
import { encodeLogRecord, type ReceiptRecord } from '../../../shared/fabric/wire/log-record.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import { type Channel, type Routes, routesOf } from './channel.ts'
import type { Planning } from './planning.ts'
import { deliver } from './state.ts'
import type { EventBytes } from './tail.ts'

/**
 * What members' devices hold and have read, as the owners of their queues tell it: cumulative, so that one that is lost
 * is made good by the next. Answers the channels that have no receipts, being too large or not the user's.
 */
export function planReceipts(
  entries: readonly ReceiptEntry[],
  membersMax: number,
  planning: Planning,
): ChannelId[] {
  const off = new Set<ChannelId>()
  for (const { channel: id, user, delivered, read } of entries) {
    const channel = planning.state.channels.get(id)
    if (
      channel === undefined ||
      !channel.members.has(user) ||
      channel.members.size > membersMax ||
      channel.fanout === 'read'
    ) {
      off.add(id)
      continue
    }
    // Nobody hears of one whom they blocked, or who blocked them.
    if (channel.blockedBy !== null) continue
    const marks = channel.marks(user)
    const readTo = Math.min(read, channel.readable)
    if (readTo > marks.read)
      write(channel, { type: 'receipt', channel: id, user, kind: 'read', seq: readTo }, planning)
    // What was read is held.
    const heldTo = Math.min(delivered, channel.readable)
    if (heldTo > channel.marks(user).delivered)
      write(channel, { type: 'receipt', channel: id, user, kind: 'delivered', seq: heldTo }, planning)
  }
  return [...off]
}

function write(channel: Channel, record: ReceiptRecord, { pack, partitionOf, to }: Planning): void {
  const recipients = receiptRoutes(channel, record, partitionOf)
  channel.mark(record)
  const index = pack.add(encodeLogRecord(record))
  pack.committed(() => deliver(recipients, receiptEvent(record), { pack: pack.number, record: index }, to))
}

/**
 * Who is told, at this place in the log and before the mark: those who wrote something since the mark before, for ticks are
 * on one's own messages. To tell all would cost members times members events for each message.
 */
export function receiptRoutes(
  channel: Channel,
  { user, kind }: ReceiptRecord,
  partitionOf: (user: UserId) => number,
): Routes {
  const before = channel.marks(user)[kind]
  const authors = [...channel.members].filter(([member, { sent }]) => member !== user && sent > before)
  return routesOf(
    authors.map(([member]) => member),
    partitionOf,
  )
}

export const receiptEvent = ({ kind, channel, user, seq }: ReceiptRecord): EventBytes => ({
  json: Buffer.from(JSON.stringify({ kind, channel, user, seq })),
  sealed: null,
})
