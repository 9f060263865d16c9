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
  'delete',
])

/** @throws `conflict` */
export function mustBeActive(channel: Channel, request?: ChannelRequest): void {
  if (channel.settings.archived && (request === undefined || !goesOn(request)))
    throw new WeftError('conflict', ARCHIVED)
}

const goesOn = (request: ChannelRequest): boolean =>
  GOES_ON.has(request.op) || (request.op === 'pin' && !request.on)
