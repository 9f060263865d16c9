import type { FanoutChange } from '../../../../shared/fabric/wire/changes/fanout.ts'
import type { Fanout } from '../../../../shared/fabric/wire/changes/index.ts'
import type { Channel } from '../channel.ts'

/** A channel goes back to queues at this part of the number of members above which it left them. */
const HYSTERESIS = 0.8

export function applyFanoutChange(channel: Channel, change: FanoutChange): void {
  channel.fanout = change.mode
  if (change.mode === 'read') channel.queuedTo = channel.head
}

/** What the channel's mode should be by its members now, asked only while planning: the record made of it decides. */
export function fanoutFor(channel: Channel, readMembers: number): Fanout {
  if (channel.kind !== 'group') return channel.fanout
  if (channel.members.size > readMembers) return 'read'
  return channel.members.size <= readMembers * HYSTERESIS ? 'queue' : channel.fanout
}
