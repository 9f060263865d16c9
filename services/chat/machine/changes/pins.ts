import type { PinChange } from '../../../../shared/fabric/wire/changes/pins.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { Channel } from '../channel.ts'
import { Pins } from '../pins.ts'

export function applyPinChange(channel: Channel, { by, at, rev }: ChannelRecord, change: PinChange): void {
  if (!change.on) return unpin(channel, change.seq)
  channel.pins ??= new Pins()
  channel.pins.set(change.seq, { by, at, rev })
}

/** Of a message that was deleted too. */
export function unpin(channel: Channel, seq: number): void {
  channel.pins?.delete(seq)
}
