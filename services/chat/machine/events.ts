import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import type { ChannelRecord } from '../../../shared/fabric/wire/log-record.ts'
import type { WeftEvent } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import { Slab } from '../../../shared/slab.ts'
import type { Channel } from './channel.ts'
import type { EventBytes } from './tail.ts'

const CLOSING_BRACE = 0x7d
/** Messages stay in the tail. */
const kept = new Slab()

/** A message event's bytes, made once: they go to the log, the queues, the sockets and the history as they are. */
export function messageEvent(send: SendCommand, seq: number, at: number): Buffer {
  // Ids hold no character that JSON would escape, and ASCII alone.
  const head =
    `{"kind":"message","channel":"${send.channel}","seq":${seq},"from":"${send.user}","device":"${send.device}",` +
    `"at":"${isoTime(at)}","cid":"${send.cid}",`
  const event = kept.take(head.length + send.content.length + 1)
  event.write(head, 'latin1')
  event.set(send.content, head.length)
  event[event.length - 1] = CLOSING_BRACE
  return event
}

const CHANGES = {
  created: 'created',
  joined: 'joined',
  role: 'changed',
  left: 'left',
  removed: 'removed',
} as const

/** A channel event, from the record and the channel after it: made again from the log, it is the same bytes. */
export function channelEvent(record: ChannelRecord, channel: Channel): EventBytes {
  const { change } = record
  const event: Extract<WeftEvent, { kind: 'channel' }> = {
    kind: 'channel',
    change: CHANGES[change.op],
    channel: record.channel,
    rev: record.rev,
    at: isoTime(record.at),
    by: record.by,
    ...(change.op === 'created' ? {} : { user: change.user }),
    name: channel.name,
    channel_kind: channel.kind,
    members: channel.members.size,
    head: channel.head,
  }
  return { json: Buffer.from(JSON.stringify(event)), sealed: null }
}

/** Who is told of a change: the members after it, and whoever it took out. */
export function toldOf(
  record: ChannelRecord,
  channel: Channel,
  partitionOf: (user: UserId) => number,
): ReadonlyMap<number, readonly UserId[]> {
  const { change } = record
  if (change.op !== 'left' && change.op !== 'removed') return channel.routes(partitionOf)
  return Map.groupBy([...channel.members.keys(), change.user], partitionOf)
}
