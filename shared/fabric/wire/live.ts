import { Reader, strBytes, Writer } from '../../codec.ts'
import { type ChannelId, type EdgeId, trusted, type UserId } from '../../protocol/ids.ts'

/**
 * A record of a channel as its open sessions see it. Empty `json`: nothing to see, but its number is used. With `rev`
 * `PASSING_REV` it is no record but an event that is kept nowhere: it may be lost, and comes with a beat if it is alone.
 */
export type LiveEvent = {
  readonly rev: number
  readonly json: Uint8Array
  /** Who may not see what comes after it. */
  readonly ends: readonly UserId[]
}

/**
 * What a LOG owner sends one edge after a commit: the records of channels that are open there. Numbered from 1 for each
 * (owner's term, edge's incarnation), with beats that repeat the last number, as SYNC owners' messages are.
 */
export type LiveBatch = {
  readonly partition: number
  readonly term: number
  readonly incarnation: number
  readonly number: number
  readonly beat: boolean
  readonly events: readonly (LiveEvent & { readonly channel: ChannelId })[]
}

/** Records are numbered from 1. */
export const PASSING_REV = 0

const VERSION = 1
const BATCH_BYTES = 64
const EVENT_BYTES = 16

const bytesOf = (events: readonly LiveEvent[]): number =>
  events.reduce(
    (sum, { json, ends }) =>
      sum + EVENT_BYTES + json.length + ends.reduce((more, user) => more + strBytes(user), 0),
    0,
  )

function writeEvent(writer: Writer, { rev, json, ends }: LiveEvent): void {
  writer.uint(rev).bytes(json).u16(ends.length)
  for (const user of ends) writer.str(user)
}

const readEvent = (reader: Reader): LiveEvent => ({
  rev: reader.uint(),
  json: reader.bytes(),
  ends: Array.from({ length: reader.u16() }, () => trusted<UserId>(reader.str())),
})

export function encodeLiveBatch({ events, ...head }: LiveBatch): Uint8Array {
  const size = events.reduce((sum, { channel }) => sum + strBytes(channel), BATCH_BYTES + bytesOf(events))
  const writer = new Writer(size)
    .u8(VERSION)
    .u16(head.partition)
    .u32(head.term)
    .uint(head.incarnation)
    .uint(head.number)
    .u8(head.beat ? 1 : 0)
    .u32(events.length)
  for (const event of events) writeEvent(writer.str(event.channel), event)
  return writer.finish()
}

export function decodeLiveBatch(bytes: Uint8Array): LiveBatch {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION) throw new TypeError(`unknown live batch version ${version}`)
  return {
    partition: reader.u16(),
    term: reader.u32(),
    incarnation: reader.uint(),
    number: reader.uint(),
    beat: reader.u8() === 1,
    events: Array.from({ length: reader.u32() }, () => {
      const channel = trusted<ChannelId>(reader.str())
      return { channel, ...readEvent(reader) }
    }),
  }
}

/** An edge that wants a channel's records from a place on: for a user who opens it, or (null) for those who have it open. */
export type OpenRequest = {
  readonly channel: ChannelId
  readonly user: UserId | null
  readonly edge: EdgeId
  readonly incarnation: number
  /** Rises with each time that the edge begins to have the channel open. */
  readonly turn: number
  /** From the record after this one on; null = from the message after `after` on. */
  readonly afterRev: number | null
  /** Null (both) = from the head on. */
  readonly after: number | null
}

/**
 * - `live`: `events` are all that was missed, up to `rev`, and the edge is registered: what comes next comes live.
 * - `page`: `events` are the next part: ask again after the last of them.
 * - `history`: what comes next isn't in memory: read messages `first`…`last` from the channel's history, then ask again after `rev`.
 */
export const OPEN_STATUS = ['live', 'page', 'history'] as const

export type OpenResponse = {
  readonly status: (typeof OPEN_STATUS)[number]
  readonly term: number
  /** Of the last message (LiveBatch) sent to this edge before this answer. */
  readonly number: number
  /** The channel's newest message and record. */
  readonly head: number
  readonly headRev: number
  readonly rev: number
  readonly first: number
  readonly last: number
  readonly events: readonly LiveEvent[]
}

const orNull = (writer: Writer, value: number | null): Writer =>
  value === null ? writer.u8(0) : writer.u8(1).uint(value)
const readOrNull = (reader: Reader): number | null => (reader.u8() === 0 ? null : reader.uint())

export function encodeOpenRequest(request: OpenRequest): Uint8Array {
  const writer = new Writer(512)
    .u8(VERSION)
    .str(request.channel)
    .str(request.user ?? '')
  writer.str(request.edge).uint(request.incarnation).uint(request.turn)
  return orNull(orNull(writer, request.afterRev), request.after).finish()
}

export function decodeOpenRequest(bytes: Uint8Array): OpenRequest {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION) throw new TypeError(`unknown open request version ${version}`)
  const channel = trusted<ChannelId>(reader.str())
  const user = reader.str()
  return {
    channel,
    user: user === '' ? null : trusted<UserId>(user),
    edge: trusted<EdgeId>(reader.str()),
    incarnation: reader.uint(),
    turn: reader.uint(),
    afterRev: readOrNull(reader),
    after: readOrNull(reader),
  }
}

export function encodeOpenResponse(response: OpenResponse): Uint8Array {
  const writer = new Writer(BATCH_BYTES + bytesOf(response.events))
    .u8(VERSION)
    .u8(OPEN_STATUS.indexOf(response.status))
    .u32(response.term)
    .uint(response.number)
  for (const value of [response.head, response.headRev, response.rev, response.first, response.last])
    writer.uint(value)
  writer.u32(response.events.length)
  for (const event of response.events) writeEvent(writer, event)
  return writer.finish()
}

export function decodeOpenResponse(bytes: Uint8Array): OpenResponse {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION) throw new TypeError(`unknown open response version ${version}`)
  return {
    status: OPEN_STATUS[reader.u8()] ?? 'page',
    term: reader.u32(),
    number: reader.uint(),
    head: reader.uint(),
    headRev: reader.uint(),
    rev: reader.uint(),
    first: reader.uint(),
    last: reader.uint(),
    events: Array.from({ length: reader.u32() }, () => readEvent(reader)),
  }
}
