import { Reader, Writer } from '../../codec.ts'
import { type DeviceId, type EdgeId, type SessionId, trusted, type UserId } from '../../protocol/ids.ts'

/** With heads of channels above the threshold. */
const VERSION = 2

/** A session that wants its queue from `after` on; `null` = from the head. */
export type RegisterEntry = {
  readonly session: SessionId
  readonly user: UserId
  readonly device: DeviceId
  /** The edge's number for the user, u32; events come back under it. */
  readonly handle: number
  /** When the session began (ms since 1970): of two sessions of one device, the newer stays. */
  readonly since: number
  readonly cursor: { readonly epoch: string; readonly n: number } | null
  /** Heads of channels above the threshold are named that moved after this number; absent = none. */
  readonly marksAfter?: number
  /** The name in a customer's token, for a user that may not exist yet. */
  readonly name: string | null
}

export type RegisterRequest = {
  readonly edge: EdgeId
  readonly incarnation: number
  readonly entries: readonly RegisterEntry[]
}

export type QueuedEvent = { readonly n: number; readonly json: Uint8Array }

/**
 * - `live`: `events` are all that the cursor missed, and the session is registered: what comes next comes live.
 * - `page`: `events` are the next part, and there is more: ask again from the last of them.
 * - `store`: what comes next is no longer in memory: ask storage (`queue.page`), then here again.
 * - `epoch`: the cursor's epoch isn't this queue's, or it lies past the head: reset.
 * - `busy`: the answer had no room left for this one: ask again.
 */
export const REGISTER_STATUS = ['live', 'page', 'store', 'epoch', 'busy'] as const
export type RegisterStatus = (typeof REGISTER_STATUS)[number]

export type RegisterResult = {
  readonly status: RegisterStatus
  readonly epoch: string
  readonly head: number
  readonly events: readonly QueuedEvent[]
  /** Events without a number, before what comes live. */
  readonly passing?: readonly Uint8Array[]
}

/** `number` is that of the last message (EdgeBatch) sent to this edge before this answer. */
export type RegisterResponse = {
  readonly term: number
  readonly number: number
  readonly results: readonly RegisterResult[]
}

export function encodeRegisterRequest(request: RegisterRequest): Uint8Array {
  const writer = new Writer(256 * request.entries.length + 64)
    .u8(VERSION)
    .str(request.edge)
    .uint(request.incarnation)
    .u32(request.entries.length)
  for (const entry of request.entries) {
    writer.str(entry.session).str(entry.user).str(entry.device).u32(entry.handle).uint(entry.since)
    if (entry.cursor === null) writer.u8(0)
    else writer.u8(1).str(entry.cursor.epoch).uint(entry.cursor.n)
    if (entry.name === null) writer.u8(0)
    else writer.u8(1).str(entry.name)
    if (entry.marksAfter === undefined) writer.u8(0)
    else writer.u8(1).uint(entry.marksAfter)
  }
  return writer.finish()
}

export function decodeRegisterRequest(bytes: Uint8Array): RegisterRequest {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== 1 && version !== VERSION) throw new TypeError(`unknown register request version ${version}`)
  const edge = trusted<EdgeId>(reader.str())
  const incarnation = reader.uint()
  const entries = Array.from({ length: reader.u32() }, () => ({
    session: trusted<SessionId>(reader.str()),
    user: trusted<UserId>(reader.str()),
    device: trusted<DeviceId>(reader.str()),
    handle: reader.u32(),
    since: reader.uint(),
    cursor: reader.u8() === 0 ? null : { epoch: reader.str(), n: reader.uint() },
    name: reader.u8() === 0 ? null : reader.str(),
    ...(version === 1 || reader.u8() === 0 ? {} : { marksAfter: reader.uint() }),
  }))
  return { edge, incarnation, entries }
}

export function writeQueuedEvents(writer: Writer, events: readonly QueuedEvent[]): void {
  writer.u32(events.length)
  for (const event of events) writer.uint(event.n).bytes(event.json)
}

export const readQueuedEvents = (reader: Reader): QueuedEvent[] =>
  Array.from({ length: reader.u32() }, () => ({ n: reader.uint(), json: reader.bytes() }))

export function encodeRegisterResponse(response: RegisterResponse): Uint8Array {
  const writer = new Writer(4096)
    .u8(VERSION)
    .u32(response.term)
    .uint(response.number)
    .u32(response.results.length)
  for (const result of response.results) {
    writer.u8(REGISTER_STATUS.indexOf(result.status)).str(result.epoch).uint(result.head)
    writeQueuedEvents(writer, result.events)
    writer.u32(result.passing?.length ?? 0)
    for (const json of result.passing ?? []) writer.bytes(json)
  }
  return writer.finish()
}

export function decodeRegisterResponse(bytes: Uint8Array): RegisterResponse {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== 1 && version !== VERSION)
    throw new TypeError(`unknown register response version ${version}`)
  const term = reader.u32()
  const number = reader.uint()
  const results = Array.from({ length: reader.u32() }, () => ({
    status: REGISTER_STATUS[reader.u8()] ?? 'busy',
    epoch: reader.str(),
    head: reader.uint(),
    events: readQueuedEvents(reader),
    ...(version === 1 ? {} : { passing: Array.from({ length: reader.u32() }, () => reader.bytes()) }),
  }))
  return { term, number, results }
}
