import { channelChangeEvent } from '../../../../shared/fabric/wire/change-event.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import { shownSettings } from '../../../../shared/protocol/channel-settings.ts'
import type { EventOf } from '../../../../shared/protocol/events.ts'
import type { Channel } from '../channel.ts'

/** PROTOCOL.md's `channel` event: what a channel is after a change of it or of its members. */
export const channelEvent = (record: ChannelRecord, channel: Channel): EventOf<'channel'> => ({
  ...channelChangeEvent(record),
  name: channel.name,
  channel_kind: channel.kind,
  members: channel.members.size,
  head: channel.head,
  fanout: channel.fanout,
  ...shownSettings(channel.settings),
})
