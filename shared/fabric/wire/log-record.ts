import { Reader, Writer } from '../../codec.ts'
import { type ChannelId, type Cid, type DeviceId, trusted, type UserId } from '../../protocol/ids.ts'
import type { ChannelChange } from './changes/index.ts'
import { type Mentions, NO_MENTIONS, readMentions, writeMentions } from './mentions.ts'
import { readSealed, type Sealed } from './sealed.ts'

/** A message as it stands in the LOG. Its event's JSON (MESSAGE_PREFIX and the rest) is what is sealed. */
export type MessageRecord = {
  readonly type: 'message'
  readonly channel: ChannelId
  readonly rev: number
  readonly seq: number
  readonly from: UserId
  readonly device: DeviceId
  readonly cid: Cid
  /** Milliseconds since 1970; never decreases within a channel. */
  readonly at: number
  /** Who is mentioned, and whether all are (`here`: those who are there just now): decides who is told, also at replay. */
  readonly mentions: Mentions
  /** The message that its thread began with; 0 = it is no reply. */
  readonly thread: number
  /** When it is to be deleted (ms since 1970); 0 = never. */
  readonly expires: number
  readonly event: Sealed
}

/** What changes a channel: sequenced with its messages, so who was a member at which message is never in doubt. */
export type ChannelRecord = {
  readonly type: 'channel'
  readonly channel: ChannelId
  readonly rev: number
  /** Milliseconds since 1970; never decreases within a channel. */
  readonly at: number
  readonly by: UserId
  readonly change: ChannelChange
  /** The event that goes to the queues, where it holds what somebody wrote; null where it follows from the change. */
  readonly event: Sealed | null
}

/** How far a member's devices hold a channel, or how far they read it. Not part of what is said there: it has no `rev`. */
export type ReceiptRecord = {
  readonly type: 'receipt'
  readonly channel: ChannelId
  readonly user: UserId
  readonly kind: ReceiptKind
  readonly seq: number
}
export const RECEIPT_KINDS = ['delivered', 'read'] as const
export type ReceiptKind = (typeof RECEIPT_KINDS)[number]

export type LogRecord = MessageRecord | ChannelRecord | ReceiptRecord

const MESSAGE = 1
const CHANNEL = 2
/** As those above, with what most don't have: mentions, an event of its own. */
const MESSAGE_WITH_MENTIONS = 3
const MESSAGE_IN_THREAD = 5
const CHANNEL_WITH_EVENT = 4
/** With mentions and a thread, be they none, and the time when it is over. */
const MESSAGE_EXPIRING = 6
const RECEIPT = 16

export function encodeLogRecord(record: LogRecord): Uint8Array {
  if (record.type === 'receipt') {
    const { channel, user, kind, seq } = record
    return new Writer(160)
      .u8(RECEIPT)
      .str(channel)
      .str(user)
      .u8(RECEIPT_KINDS.indexOf(kind))
      .uint(seq)
      .finish()
  }
  return record.type === 'channel' ? encodeChannel(record) : encodeMessage(record)
}

function encodeChannel({ channel, rev, at, by, change, event }: ChannelRecord): Uint8Array {
  const writer = new Writer(512 + (event?.length ?? 0))
    .u8(event === null ? CHANNEL : CHANNEL_WITH_EVENT)
    .str(channel)
    .uint(rev)
    .uint(at)
    .str(by)
    .bytes(Buffer.from(JSON.stringify(change)))
  return event === null ? writer.finish() : writer.raw(event).finish()
}

function encodeMessage(record: MessageRecord): Uint8Array {
  const { users, all } = record.mentions
  const isPlain = users.length === 0 && all === null
  const isExpiring = record.expires > 0
  const isReply = record.thread > 0 || isExpiring
  const writer = new Writer(256 + record.event.length)
    .u8(
      isExpiring ? MESSAGE_EXPIRING : isReply ? MESSAGE_IN_THREAD : isPlain ? MESSAGE : MESSAGE_WITH_MENTIONS,
    )
    .str(record.channel)
    .uint(record.rev)
    .uint(record.seq)
    .str(record.from)
    .str(record.device)
    .str(record.cid)
    .uint(record.at)
  if (!isPlain || isReply) writeMentions(writer, record.mentions)
  if (isReply) writer.uint(record.thread)
  if (isExpiring) writer.uint(record.expires)
  return writer.raw(record.event).finish()
}

/** @throws TypeError if it is none, or of a newer release. */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  const reader = new Reader(bytes)
  const type = reader.u8()
  switch (type) {
    case MESSAGE:
    case MESSAGE_WITH_MENTIONS:
    case MESSAGE_IN_THREAD:
    case MESSAGE_EXPIRING:
      return decodeMessage(reader, type)
    case CHANNEL:
    case CHANNEL_WITH_EVENT:
      return decodeChannel(reader, type === CHANNEL_WITH_EVENT)
    case RECEIPT:
      return {
        type: 'receipt',
        channel: trusted<ChannelId>(reader.str()),
        user: trusted<UserId>(reader.str()),
        kind: RECEIPT_KINDS[reader.u8()] ?? 'delivered',
        seq: reader.uint(),
      }
    default:
      throw new TypeError(`unknown LOG record type ${type}`)
  }
}

function decodeChannel(reader: Reader, hasEvent: boolean): ChannelRecord {
  return {
    type: 'channel',
    channel: trusted<ChannelId>(reader.str()),
    rev: reader.uint(),
    at: reader.uint(),
    by: trusted<UserId>(reader.str()),
    change: JSON.parse(Buffer.from(reader.bytes()).toString()),
    event: hasEvent ? readSealed(reader) : null,
  }
}

function decodeMessage(reader: Reader, type: number): MessageRecord {
  return {
    type: 'message',
    channel: trusted<ChannelId>(reader.str()),
    rev: reader.uint(),
    seq: reader.uint(),
    from: trusted<UserId>(reader.str()),
    device: trusted<DeviceId>(reader.str()),
    cid: trusted<Cid>(reader.str()),
    at: reader.uint(),
    mentions: type === MESSAGE ? NO_MENTIONS : readMentions(reader),
    thread: type === MESSAGE_IN_THREAD || type === MESSAGE_EXPIRING ? reader.uint() : 0,
    expires: type === MESSAGE_EXPIRING ? reader.uint() : 0,
    event: readSealed(reader),
  }
}

/**
 * A message event's JSON starts with this, and goes on as the message's own JSON without its `{`: so the event of the
 * wire and the message of a history page are cut from the same bytes, and neither is parsed on the way.
 */
export const MESSAGE_PREFIX = Buffer.from('{"kind":"message",')

/** `{"kind":"message","channel":…}` → `{"channel":…}` */
export function messageOfEvent(event: Uint8Array): Uint8Array {
  const message = Buffer.allocUnsafe(event.length - MESSAGE_PREFIX.length + 1)
  message[0] = 0x7b
  message.set(event.subarray(MESSAGE_PREFIX.length), 1)
  return message
}
