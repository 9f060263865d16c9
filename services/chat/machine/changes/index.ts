import { HeldEvent } from '../../../../shared/fabric/held-event.ts'
import { changeEvent } from '../../../../shared/fabric/wire/change-event.ts'
import type { MessageChange } from '../../../../shared/fabric/wire/changes/messages.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { WeftEvent } from '../../../../shared/protocol/events.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { type Channel, type Routes, routesOf } from '../channel.ts'
import type { LiveEntry } from '../live/live-tail.ts'
import type { Ranks } from '../outbox.ts'
import type { EventBytes } from '../tail.ts'
import { applyBlockChange } from './blocks.ts'
import { channelEvent } from './channel-event.ts'
import { applyFanoutChange } from './fanout.ts'
import { applyInviteChange } from './invites.ts'
import { applyMemberChange } from './members.ts'
import { applyPinChange, unpin } from './pins.ts'
import { applySettingsChange } from './settings.ts'

/**
 * What a record of the LOG does to its channel, what is told of it, and to whom: the same when it is planned and when it
 * is replayed. One file an area.
 */
export function applyChange(channel: Channel, record: ChannelRecord): void {
  const { change } = record
  switch (change.op) {
    case 'created':
    case 'joined':
    case 'joined-many':
    case 'role':
    case 'left':
    case 'removed':
    case 'banned':
    case 'unbanned':
    case 'transferred':
      return applyMemberChange(channel, record, change)
    case 'invited':
    case 'uninvited':
      return applyInviteChange(channel, record, change)
    case 'renamed':
    case 'settings':
      return applySettingsChange(channel, change)
    case 'blocked':
      return applyBlockChange(channel, record, change.on)
    case 'fanout':
      return applyFanoutChange(channel, change)
    case 'pinned':
      return applyPinChange(channel, record, change)
    case 'deleted':
      return unpin(channel, change.seq)
    case 'edited':
    case 'reaction':
      // What else becomes of a message is the reader's to see (`message-changes.ts`): the channel stays as it is.
      return
  }
}

/** From the record and the channel after it: made again from the log, it is the same bytes. Null = nobody is told. */
export function eventOf(record: ChannelRecord, channel: Channel): EventBytes | null {
  if (record.event !== null) return { json: null, sealed: record.event }
  const event = changeEvent(record)
  if (event === null) return null
  return clear(event.kind === 'channel' ? channelEvent(record, channel) : event)
}

const clear = (event: WeftEvent): EventBytes => ({ json: Buffer.from(JSON.stringify(event)), sealed: null })

/** What those who have the channel open see of it. @param head the newest message before it. */
export function liveEntry(
  { rev, change }: ChannelRecord,
  event: EventBytes | null,
  pack: number,
  head: number,
): LiveEntry {
  const isEnd = change.op === 'left' || change.op === 'removed' || (change.op === 'banned' && change.member)
  const isToldToAll = change.op === 'created' || change.op === 'fanout'
  const ends = isEnd ? [change.user] : []
  const deletes = change.op === 'deleted' ? { deletes: change.seq } : {}
  return { rev, head, isMessage: false, isToldToAll, event: heldOf(event, pack), ...deletes, ends }
}

function heldOf(event: EventBytes | null, pack: number): HeldEvent | null {
  if (event === null) return null
  if (event.json !== null) return HeldEvent.clear(event.json, pack)
  return event.sealed === null ? null : HeldEvent.sealed(event.sealed, pack)
}

/** Who is told of a change in their queue, and whether that makes them readers of the channel's marks, or no longer. */
export type Told = { readonly routes: Routes; readonly ranks: Ranks | null }

/**
 * The members after the change, and whoever it took out. Where messages are not copied to queues, changes aren't either:
 * only those whom it concerns are told there, the others by the channel's live events and the mark of its new head.
 */
export function toldOf(
  { change, by, channel: id }: ChannelRecord,
  channel: Channel,
  partitionOf: (user: UserId) => number,
): Told {
  const isRead = channel.fanout === 'read'
  const told = (users: Iterable<UserId>, op: Ranks['op'] | null = null): Told => ({
    routes: routesOf(users, partitionOf),
    ranks: op === null || (!isRead && change.op !== 'fanout') ? null : { channel: id, op },
  })
  switch (change.op) {
    case 'created':
      return told(channel.members.keys(), 'enter')
    case 'fanout':
      return told(channel.members.keys(), isRead ? 'enter' : 'leave')
    case 'joined':
      if (isRead) return told([change.user], 'enter')
      break
    case 'joined-many':
      if (isRead) return told(change.users, 'enter')
      break
    case 'left':
    case 'removed':
    case 'banned':
      return told(isRead ? [change.user] : [...channel.members.keys(), change.user], 'leave')
    case 'role':
    case 'transferred':
      if (isRead) return told(new Set([change.user, by].filter((user) => channel.members.has(user))))
      break
    case 'edited':
    case 'deleted':
      if (isRead) return told(holdersOf(channel, change, by))
      break
    default:
      if (isRead) return told([by].filter((user) => channel.members.has(user)))
  }
  return { routes: channel.routes(partitionOf), ranks: null }
}

/** Whose queues hold a message of a channel that is read: those whom it was for, or all who were there before it changed over. */
function holdersOf(
  channel: Channel,
  { seq, holders = [] }: Exclude<MessageChange, { op: 'reaction' }>,
  by: UserId,
): Set<UserId> {
  const told = new Set([by, ...holders].filter((user) => channel.members.has(user)))
  if (seq <= channel.queuedTo)
    for (const [user, { joined }] of channel.members) if (joined < seq) told.add(user)
  return told
}
