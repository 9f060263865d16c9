import type { MessageChange } from '../../../../shared/fabric/wire/changes/messages.ts'
import type { ChannelRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { WeftEvent } from '../../../../shared/protocol/events.ts'
import { isoTime } from '../../../../shared/protocol/time.ts'

/** The event of a change whose content is no secret. */
export function messageChangeEvent(
  record: ChannelRecord,
  change: Exclude<MessageChange, { op: 'edited' }>,
): WeftEvent {
  const { channel, rev, at, by } = record
  const place = { channel, seq: change.seq, rev, at: isoTime(at), by }
  if (change.op === 'deleted') return { kind: 'deleted', ...place }
  return { kind: 'reaction', ...place, user: by, emoji: change.emoji, on: change.on }
}
