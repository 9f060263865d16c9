import type { ChannelState } from '../../../shared/fabric/calls.ts'
import type { ChannelChange } from '../../../shared/fabric/wire/changes/index.ts'
import type { MessageChange } from '../../../shared/fabric/wire/changes/messages.ts'
import type { ChannelRecord } from '../../../shared/fabric/wire/log-record.ts'
import { shownSettings } from '../../../shared/protocol/channel-settings.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { type BansEntry, Channel, type ChannelEntry, type MembersEntry } from './channel.ts'
import { Cids } from './cids.ts'
import { Live } from './live/live.ts'
import { MessageChanges } from './message-changes.ts'
import type { OutboxItem, Ranks } from './outbox.ts'
import { type EventBytes, Tail } from './tail.ts'

/** What records of open channels may hold, of what messages may. */
const LIVE_SHARE = 0.5

/** What an owner of a LOG partition knows: the part of it that follows from the log alone. */
export class ChatState {
  readonly channels = new Map<ChannelId, Channel>()
  readonly cids = new Cids()
  readonly tail: Tail
  readonly live: Live
  /** What became of messages lately. */
  readonly changes = new MessageChanges()

  constructor(tailBytes: number) {
    this.tail = new Tail(tailBytes)
    this.live = new Live({
      maxBytes: tailBytes * LIVE_SHARE,
      channel: (id) => this.channels.get(id),
      now: () => performance.now(),
    })
  }

  /** A record that is planned, where it changes a message. */
  planned(record: ChannelRecord, pack: number): void {
    const { change } = record
    if (isMessageChange(change)) this.changes.plan(record, change, pack)
  }

  /** A record that stands, and what it does to a message. */
  changed(record: ChannelRecord, event: EventBytes | null, pack: number): void {
    const { change } = record
    if (!isMessageChange(change)) return
    this.changes.add(record, change, event, pack)
    this.tail.changed(record.channel, change.seq)
  }

  /** A reply that stands is one more of its thread's: the message that the thread began with tells how many. */
  replied(channel: ChannelId, thread: number, pack: number): void {
    if (thread === 0) return
    this.changes.replied(channel, thread, pack)
    this.tail.changed(channel, thread)
  }

  /** @throws `not_found` for a stranger, `forbidden` for one who was a member once. */
  member(id: ChannelId, user: UserId): Channel {
    const channel = this.channels.get(id)
    if (channel?.members.has(user)) return channel
    throw refusalTo(channel, user)
  }

  /** A channel of a snapshot, or more of the one that came before. */
  restore(entry: ChannelEntry | MembersEntry | BansEntry): void {
    const id = trusted<ChannelId>(entry.id)
    if (entry.t === 'channel') this.channels.set(id, Channel.fromEntry(entry))
    else if (entry.t === 'members') this.channels.get(id)?.restoreMembers(entry.members)
    else this.channels.get(id)?.bans.restore(entry.bans)
  }

  /** Who has left may still ask for the first answer to a cid of theirs. */
  wasMember(id: ChannelId, user: UserId): boolean {
    return this.channels.get(id)?.former.has(user) ?? false
  }

  create(id: ChannelId, kind: Channel['kind'], name: string | null): Channel {
    const channel = new Channel(id, kind, name)
    this.channels.set(id, channel)
    return channel
  }
}

const isMessageChange = (change: ChannelChange): change is MessageChange =>
  change.op === 'edited' || change.op === 'deleted' || change.op === 'reaction'

/** To one who isn't a member: a channel that isn't theirs to know of looks as one that doesn't exist. */
export function refusalTo(channel: Channel | undefined, user: UserId): WeftError {
  const ban = channel?.bans.get(user)
  const knowsIt = channel?.settings.public === true || channel?.former.has(user) || ban?.wasMember
  if (!knowsIt) return new WeftError('not_found', 'no such channel')
  return new WeftError('forbidden', ban === undefined ? 'not a member of this channel' : BANNED)
}

export const BANNED = 'banned from this channel'

/** A channel as one of its members sees it; `brief`: without its settings. */
export function viewOf(channel: Channel, user: UserId, lineage: number, brief = false): ChannelState {
  const member = channel.members.get(user)
  const sent = Math.min(member?.sent ?? 0, channel.readable)
  const peer = channel.peerOf(user)
  return {
    id: channel.id,
    kind: channel.kind,
    name: channel.name,
    members: channel.members.size,
    head: channel.readable,
    rev: channel.readableRev,
    lineage,
    role: member?.role ?? 'member',
    joined: member?.joined ?? 0,
    sent,
    fanout: channel.fanout,
    replies: channel.replies
      .after(Math.max(member?.joined ?? 0, sent))
      .filter((seq) => seq <= channel.readable),
    ...(channel.mentionPack === 0 ? {} : { mention_pack: channel.mentionPack }),
    ...(peer === undefined ? {} : { peer }),
    ...(brief ? {} : shownSettings(channel.settings)),
  }
}

/** Events by the SYNC partition of their recipients, for one record. */
export type Deliver = (syncPartition: number, item: OutboxItem) => void

export function deliver(
  recipients: ReadonlyMap<number, readonly UserId[]>,
  event: EventBytes,
  place: { readonly pack: number; readonly record: number },
  to: Deliver,
  ranks: Ranks | null = null,
): void {
  for (const [syncPartition, users] of recipients)
    to(syncPartition, { ...place, event, recipients: users, ranks })
}
