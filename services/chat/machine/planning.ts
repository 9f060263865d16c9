import type { PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import type { ChannelChange } from '../../../shared/fabric/wire/changes/index.ts'
import { type ChannelRecord, encodeLogRecord } from '../../../shared/fabric/wire/log-record.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { fanoutFor } from './changes/fanout.ts'
import { applyChange, eventOf, liveEntry, toldOf } from './changes/index.ts'
import type { Channel } from './channel.ts'
import { type ChatState, type Deliver, deliver } from './state.ts'
import type { EventBytes } from './tail.ts'

/** What a command is planned with: a refusal is thrown before anything is changed. */
export type Planning = {
  readonly pack: PackPlan
  readonly state: ChatState
  readonly partition: number
  readonly partitionOf: (user: UserId) => number
  readonly to: Deliver
  /** A group of more members than these has its messages read, not copied to each member's queue. */
  readonly fanoutReadMembers: number
  /** Members that a channel may have. */
  readonly membersMax: number
}

export const tooMany = ({ membersMax }: Planning) =>
  new WeftError('too_large', `a channel has at most ${membersMax} members`)

/** What `makeEvent` is told, for an event that holds what somebody wrote. */
export type Numbered = { readonly rev: number; readonly at: number }

/** Puts a change into the pack, brings the channel forward by it, and has it told once it stands. */
export function writeChange(
  channel: Channel,
  by: UserId,
  change: ChannelChange,
  planning: Planning,
  makeEvent: (numbered: Numbered) => EventBytes | null = () => null,
): ChannelRecord {
  const { pack, partitionOf, state, to } = planning
  const at = (channel.at = Math.max(channel.at, pack.now))
  const rev = ++channel.rev
  const made = makeEvent({ rev, at })
  const record: ChannelRecord = {
    type: 'channel',
    channel: channel.id,
    rev,
    at,
    by,
    change,
    event: made?.sealed ?? null,
  }
  applyChange(channel, record)
  state.planned(record, pack.number)
  const index = pack.add(encodeLogRecord(record))
  const event = made ?? eventOf(record, channel)
  const { head } = channel
  const told = toldOf(record, channel, partitionOf)
  pack.committed(() => {
    channel.readableRev = rev
    state.changed(record, event, pack.number)
    state.live.show(channel, liveEntry(record, event, pack.number, head))
    if (event !== null) deliver(told.routes, event, { pack: pack.number, record: index }, to, told.ranks)
  })
  // Whatever changed the number of members: what was sent before this is in all queues, what comes after is not.
  const mode = fanoutFor(channel, planning.fanoutReadMembers)
  if (mode !== channel.fanout) writeChange(channel, by, { op: 'fanout', mode }, planning)
  return record
}
