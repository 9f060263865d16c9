import { Reader, Writer } from '../../codec.ts'
import type { MentionAll } from '../../protocol/events.ts'
import { type ChannelId, trusted, type UserId } from '../../protocol/ids.ts'
import type { UserArea } from '../user-requests.ts'
import { type Ranks, readRanks, writeRanks } from './bundle.ts'
import { readSealed, type Sealed } from './sealed.ts'

/** An event's JSON on disk: sealed when it holds a message's body, clear otherwise. */
export type EventBody =
  | { readonly kind: 'sealed'; readonly sealed: Sealed }
  | { readonly kind: 'clear'; readonly json: Uint8Array }

export type Delivery = { readonly user: UserId; readonly n: number }

/** One event and everyone whose queue it stands in, each with its number there. */
export type EventRecord = {
  readonly type: 'event'
  readonly body: EventBody
  readonly deliveries: readonly Delivery[]
  readonly ranks?: Ranks | null
}

/** What changes a user: logged like all else, projected into the store's tables. */
export type UserRecord = {
  readonly type: 'user'
  readonly user: UserId
  readonly at: number
  readonly change: UserChange
}

export type UserChange =
  | {
      readonly op: 'profile'
      readonly name: string
      readonly displayName: string
      readonly avatar: string | null
    }
  | { readonly op: 'read'; readonly channel: ChannelId; readonly seq: number }
  | {
      readonly op: 'state'
      readonly area: UserArea
      readonly key: string
      /** JSON, or base64 of its sealed bytes for a draft; null = it is taken away. */
      readonly value: string | null
    }

/** A channel's newest message and record; `all`: the newest message that mentioned everyone. */
export type HeadMark = {
  readonly channel: ChannelId
  readonly seq: number
  readonly rev: number
  readonly all: { readonly seq: number; readonly who: MentionAll } | null
}

/** New heads of channels whose messages aren't in the queues: one record for all of their members here. */
export type MarksRecord = { readonly type: 'marks'; readonly marks: readonly HeadMark[] }

export type SyncRecord = EventRecord | UserRecord | MarksRecord

const EVENT = 1
const USER = 2
const MARKS = 16
/** With whom it makes a reader of a channel's marks, or no longer. */
const EVENT_WITH_RANKS = 17

export function writeEventBody(writer: Writer, body: EventBody): void {
  if (body.kind === 'clear') writer.u8(0).bytes(body.json)
  else writer.u8(1).raw(body.sealed)
}

export const readEventBody = (reader: Reader): EventBody =>
  reader.u8() === 0 ? { kind: 'clear', json: reader.bytes() } : { kind: 'sealed', sealed: readSealed(reader) }

export function encodeSyncRecord(record: SyncRecord): Uint8Array {
  if (record.type === 'user') {
    const writer = new Writer(256).u8(USER).str(record.user).uint(record.at)
    return writer.bytes(Buffer.from(JSON.stringify(record.change))).finish()
  }
  if (record.type === 'marks')
    return new Writer(512)
      .u8(MARKS)
      .bytes(Buffer.from(JSON.stringify(record.marks)))
      .finish()
  const ranks = record.ranks ?? null
  const writer = new Writer(512).u8(ranks === null ? EVENT : EVENT_WITH_RANKS)
  writeEventBody(writer, record.body)
  writer.u32(record.deliveries.length)
  for (const { user, n } of record.deliveries) writer.str(user).uint(n)
  if (ranks !== null) writeRanks(writer, ranks)
  return writer.finish()
}

/** The body of an event's record as it stands there: what `readEventBody` reads. */
export function eventBodyBytes(record: Uint8Array): Uint8Array {
  const reader = new Reader(record)
  reader.skip(1)
  readEventBody(reader)
  return reader.from(1)
}

export function decodeSyncRecord(bytes: Uint8Array): SyncRecord {
  const reader = new Reader(bytes)
  const type = reader.u8()
  if (type === USER) {
    const user = trusted<UserId>(reader.str())
    const at = reader.uint()
    const change: UserChange = JSON.parse(Buffer.from(reader.bytes()).toString())
    return { type: 'user', user, at, change }
  }
  if (type === MARKS) return { type: 'marks', marks: JSON.parse(Buffer.from(reader.bytes()).toString()) }
  if (type !== EVENT && type !== EVENT_WITH_RANKS) throw new TypeError(`unknown SYNC record type ${type}`)
  const body = readEventBody(reader)
  const deliveries = Array.from({ length: reader.u32() }, () => ({
    user: trusted<UserId>(reader.str()),
    n: reader.uint(),
  }))
  return { type: 'event', body, deliveries, ...(type === EVENT ? {} : { ranks: readRanks(reader) }) }
}
