import { HeldEvent } from '../../../shared/fabric/held-event.ts'
import type { Pack } from '../../../shared/fabric/pack.ts'
import { LogDamage } from '../../../shared/fabric/pack.ts'
import { decodeLogRecord, type LogRecord } from '../../../shared/fabric/wire/log-record.ts'
import { NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { applyChange, eventOf, liveEntry, toldOf } from './changes/index.ts'
import { receiptEvent, receiptRoutes } from './plan-receipts.ts'
import { type ChatState, type Deliver, deliver } from './state.ts'

/**
 * Brings the state forward by one pack and remakes its bundles' parts. A channel whose snapshot is newer than the pack
 * leaves it alone: its bundles were taken in before that snapshot counted.
 */
export function replayPack(
  pack: Pack,
  state: ChatState,
  partitionOf: (user: UserId) => number,
  to: Deliver,
): void {
  if (pack.kind === 'take-over') return
  for (const [index, bytes] of pack.records.entries()) {
    replayRecord(decodeLogRecord(bytes), { pack: pack.number, record: index }, state, partitionOf, to)
  }
}

/** The answers that clients may still ask for: of sends that were acked just before, or whose ack was lost. */
export function recallPack(pack: Pack, { cids }: ChatState): void {
  if (pack.kind === 'take-over') return
  for (const bytes of pack.records) {
    const record = decodeLogRecord(bytes)
    if (record.type !== 'message') continue
    const { channel, from, cid, seq, at } = record
    cids.recall(channel, from, cid, { seq, at }, pack.number)
  }
}

function replayRecord(
  record: LogRecord,
  place: { readonly pack: number; readonly record: number },
  state: ChatState,
  partitionOf: (user: UserId) => number,
  to: Deliver,
): void {
  const known = state.channels.get(record.channel)
  if (record.type === 'message') {
    if (known === undefined)
      throw new LogDamage(`a message in channel ${record.channel}, which was never created`)
    const { seq, at } = record
    const event = { json: null, sealed: record.event }
    // The store may lack it, whatever the snapshot holds: it stays readable from here.
    const held = HeldEvent.sealed(record.event, place.pack)
    state.tail.add(record.channel, seq, held)
    state.cids.add(known.id, record.from, record.cid, { seq, at }, place.pack)
    state.replied(known.id, record.thread, place.pack)
    if (record.mentions !== NO_MENTIONS) known.mentionPack = place.pack
    if (place.pack <= known.asOf) return
    if (seq !== known.head + 1 || record.rev !== known.rev + 1)
      throw new LogDamage(`message ${record.channel}/${seq} follows on ${known.head}`)
    known.head = known.readable = seq
    known.rev = known.readableRev = record.rev
    known.at = at
    known.wrote(record.from, seq)
    if (record.thread > 0) known.replies.add(seq, record.thread)
    known.mentions(seq, record.mentions)
    state.live.show(known, { rev: record.rev, head: seq, isMessage: true, event: held, ends: [] })
    deliver(known.messageRoutes(record.from, record.mentions, partitionOf), event, place, to)
    return
  }
  // The store may lack this too.
  if (record.type === 'channel') {
    const sealed = record.event === null ? null : { json: null, sealed: record.event }
    state.changed(record, sealed, place.pack)
  }
  if (known !== undefined && place.pack <= known.asOf) return
  if (record.type === 'receipt') {
    if (known === undefined)
      throw new LogDamage(`a receipt in channel ${record.channel}, which was never created`)
    const routes = receiptRoutes(known, record, partitionOf)
    known.mark(record)
    deliver(routes, receiptEvent(record), place, to)
    return
  }
  if (record.rev !== (known?.rev ?? 0) + 1)
    throw new LogDamage(`record ${record.rev} of channel ${record.channel}`)
  const channel = known ?? createdBy(record, state)
  channel.rev = channel.readableRev = record.rev
  channel.at = record.at
  applyChange(channel, record)
  const event = eventOf(record, channel)
  state.live.show(channel, liveEntry(record, event, place.pack, channel.head))
  if (event === null) return
  const { routes, ranks } = toldOf(record, channel, partitionOf)
  deliver(routes, event, place, to, ranks)
}

function createdBy(record: Extract<LogRecord, { type: 'channel' }>, state: ChatState) {
  if (record.change.op !== 'created')
    throw new LogDamage(`channel ${record.channel} changes before it was created`)
  return state.create(record.channel, record.change.kind, record.change.name)
}
