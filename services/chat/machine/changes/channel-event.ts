import type { ChannelChange } from '../../../../shared/fabric/wire/changes/index.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import { shownSettings } from '../../../../shared/protocol/channel-settings.ts'
import type { EventOf } from '../../../../shared/protocol/events.ts'
import { isoTime } from '../../../../shared/protocol/time.ts'
import type { Channel } from '../channel.ts'

const WORD: { readonly [Op in ChannelChange['op']]?: EventOf<'channel'>['change'] } = {
  created: 'created',
  joined: 'joined',
  'joined-many': 'joined',
  left: 'left',
  removed: 'removed',
  banned: 'removed',
}

/** PROTOCOL.md's `channel` event: what a channel is after a change of it or of its members. */
export function channelEvent(record: ChannelRecord, channel: Channel): EventOf<'channel'> {
  const { change } = record
  return {
    kind: 'channel',
    change: WORD[change.op] ?? 'changed',
    channel: record.channel,
    rev: record.rev,
    at: isoTime(record.at),
    by: record.by,
    ...('user' in change ? { user: change.user } : {}),
    ...(change.op === 'banned' ? { banned: true as const } : {}),
    ...(change.op === 'role' ? { role: change.role } : {}),
    ...(change.op === 'transferred' ? { role: 'owner' as const } : {}),
    ...(change.op === 'joined-many' ? { count: change.users.length } : {}),
    name: channel.name,
    channel_kind: channel.kind,
    members: channel.members.size,
    head: channel.head,
    fanout: channel.fanout,
    ...shownSettings(channel.settings),
    // What was taken back is told too.
    ...(change.op === 'settings' ? { ...change.set, name: channel.name } : {}),
  }
}
