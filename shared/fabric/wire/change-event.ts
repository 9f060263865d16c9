import type { EventOf, WeftEvent } from '../../protocol/events.ts'
import { isoTime } from '../../protocol/time.ts'
import type { ChannelChange } from './changes/index.ts'
import type { ChannelRecord } from './log-record.ts'

const WORD: { readonly [Op in ChannelChange['op']]?: EventOf<'channel'>['change'] } = {
  created: 'created',
  joined: 'joined',
  'joined-many': 'joined',
  left: 'left',
  removed: 'removed',
  banned: 'removed',
}

/**
 * What a record tells by itself; null where that is nobody's business (a block is the blocker's, whose devices hear of it in
 * their own queue; links and bans are listed for those who have the right to), or stands in its own event (an edit's). An
 * owner adds to a `channel` event what the channel is after it.
 */
export function changeEvent(record: ChannelRecord): WeftEvent | null {
  const { channel, rev, by, change } = record
  const place = { channel, rev, at: isoTime(record.at), by }
  switch (change.op) {
    case 'blocked':
    case 'edited':
    case 'invited':
    case 'uninvited':
    case 'unbanned':
      return null
    case 'banned':
      return change.member ? channelChangeEvent(record) : null
    case 'deleted':
      return {
        kind: 'deleted',
        ...place,
        seq: change.seq,
        ...(change.reason === undefined ? {} : { reason: change.reason }),
      }
    case 'pinned':
      return { kind: 'pinned', ...place, seq: change.seq, on: change.on }
    case 'reaction':
      return { kind: 'reaction', ...place, seq: change.seq, user: by, emoji: change.emoji, on: change.on }
    default:
      return channelChangeEvent(record)
  }
}

export function channelChangeEvent({ channel, rev, at, by, change }: ChannelRecord): EventOf<'channel'> {
  return {
    kind: 'channel',
    change: WORD[change.op] ?? 'changed',
    channel,
    rev,
    at: isoTime(at),
    by,
    ...('user' in change ? { user: change.user } : {}),
    ...(change.op === 'banned' ? { banned: true as const } : {}),
    ...(change.op === 'role' ? { role: change.role } : {}),
    ...(change.op === 'transferred' ? { role: 'owner' as const } : {}),
    ...(change.op === 'settings' ? change.set : {}),
    ...(change.op === 'joined-many' ? { count: change.users.length } : {}),
  }
}
