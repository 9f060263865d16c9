import { Reader, Writer } from '../../codec.ts'
import { type ChannelId, type Cid, type DeviceId, trusted, type UserId } from '../../protocol/ids.ts'
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
  readonly event: Sealed
}

export type ChannelKind = 'direct' | 'group'
export type Role = 'owner' | 'admin' | 'member'
export type MemberEntry = { readonly user: UserId; readonly role: Role }

/** What changes a channel: sequenced with its messages, so who was a member at which message is never in doubt. */
export type ChannelRecord = {
  readonly type: 'channel'
  readonly channel: ChannelId
  readonly rev: number
  readonly at: number
  readonly by: UserId
  readonly change: ChannelChange
}

/** `head` in `joined` is the channel's newest seq at that moment: unread counts from there. */
export type ChannelChange =
  | {
      readonly op: 'created'
      readonly kind: ChannelKind
      readonly name: string | null
      readonly members: readonly MemberEntry[]
    }
  | { readonly op: 'joined'; readonly user: UserId; readonly role: Role; readonly head: number }
  | { readonly op: 'role'; readonly user: UserId; readonly role: Role }
  | { readonly op: 'left'; readonly user: UserId }
  | { readonly op: 'removed'; readonly user: UserId }

export type LogRecord = MessageRecord | ChannelRecord

const MESSAGE = 1
const CHANNEL = 2

export function encodeLogRecord(record: LogRecord): Uint8Array {
  if (record.type === 'channel') {
    const writer = new Writer(512)
      .u8(CHANNEL)
      .str(record.channel)
      .uint(record.rev)
      .uint(record.at)
      .str(record.by)
    return writer.bytes(Buffer.from(JSON.stringify(record.change))).finish()
  }
  const writer = new Writer(256 + record.event.length)
    .u8(MESSAGE)
    .str(record.channel)
    .uint(record.rev)
    .uint(record.seq)
    .str(record.from)
    .str(record.device)
    .str(record.cid)
    .uint(record.at)
    .raw(record.event)
  return writer.finish()
}

export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  const reader = new Reader(bytes)
  const type = reader.u8()
  const channel = trusted<ChannelId>(reader.str())
  const rev = reader.uint()
  if (type === CHANNEL) {
    const at = reader.uint()
    const by = trusted<UserId>(reader.str())
    const change: ChannelChange = JSON.parse(Buffer.from(reader.bytes()).toString())
    return { type: 'channel', channel, rev, at, by, change }
  }
  if (type !== MESSAGE) throw new TypeError(`unknown LOG record type ${type}`)
  return {
    type: 'message',
    channel,
    rev,
    seq: reader.uint(),
    from: trusted<UserId>(reader.str()),
    device: trusted<DeviceId>(reader.str()),
    cid: trusted<Cid>(reader.str()),
    at: reader.uint(),
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
