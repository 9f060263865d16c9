import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { Channel } from '../channel.ts'

export function applyBlockChange(channel: Channel, { by }: ChannelRecord, on: boolean): void {
  const blockers = channel.blockedBy ?? new Set()
  if (on) blockers.add(by)
  else blockers.delete(by)
  // Null where nobody does, so that a send looks at one field.
  channel.blockedBy = blockers.size === 0 ? null : blockers
}
