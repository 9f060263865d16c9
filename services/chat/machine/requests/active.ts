import type { ChannelRequest } from '../../../../shared/fabric/channel-requests.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { Channel } from '../channel.ts'

export const ARCHIVED = 'this channel is archived'

/** What takes something away, or brings it back, goes on in an archived channel; settings see to themselves. */
const GOES_ON: ReadonlySet<ChannelRequest['op']> = new Set<ChannelRequest['op']>([
  'settings',
  'rename',
  'transfer',
  'ban',
  'unban',
  'revoke',
])

/** @throws `conflict` */
export function mustBeActive(channel: Channel, op?: ChannelRequest['op']): void {
  if (channel.settings.archived && (op === undefined || !GOES_ON.has(op)))
    throw new WeftError('conflict', ARCHIVED)
}
