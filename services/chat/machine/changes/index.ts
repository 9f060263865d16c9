import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { WeftEvent } from '../../../../shared/protocol/events.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import { type Channel, type Routes, routesOf } from '../channel.ts'
import type { EventBytes } from '../tail.ts'
import { applyBlockChange } from './blocks.ts'
import { channelEvent } from './channel-event.ts'
import { applyMemberChange } from './members.ts'
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
    case 'role':
    case 'left':
    case 'removed':
      return applyMemberChange(channel, change)
    case 'renamed':
      return applySettingsChange(channel, change)
    case 'blocked':
      return applyBlockChange(channel, record, change.on)
  }
}

/** From the record and the channel after it: made again from the log, it is the same bytes. Null = nobody is told. */
export function eventOf(record: ChannelRecord, channel: Channel): EventBytes | null {
  // A block is nobody's business but the blocker's, whose devices hear of it in their own queue.
  if (record.change.op === 'blocked') return null
  if (record.event !== null) return { json: null, sealed: record.event }
  return clear(channelEvent(record, channel))
}

const clear = (event: WeftEvent): EventBytes => ({ json: Buffer.from(JSON.stringify(event)), sealed: null })

/** Who is told of a change: the members after it, and whoever it took out. */
export function toldOf(
  { change }: ChannelRecord,
  channel: Channel,
  partitionOf: (user: UserId) => number,
): Routes {
  if (change.op === 'left' || change.op === 'removed')
    return routesOf([...channel.members.keys(), change.user], partitionOf)
  return channel.routes(partitionOf)
}
