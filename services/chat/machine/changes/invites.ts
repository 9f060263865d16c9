import type { InviteChange } from '../../../../shared/fabric/wire/changes/invites.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { Channel } from '../channel.ts'
import { Invites } from '../invites.ts'

export function applyInviteChange(channel: Channel, record: ChannelRecord, change: InviteChange): void {
  channel.invites ??= new Invites()
  if (change.op === 'invited') channel.invites.add(change, record)
  else channel.invites.remove(change.code)
}
