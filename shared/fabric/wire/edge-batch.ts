import { Reader, Writer } from '../../codec.ts'
import { type SessionId, trusted } from '../../protocol/ids.ts'

/**
 * What a SYNC owner sends one edge after a commit: each event's bytes once, then who on that edge gets it. Users stand
 * there by the number (`handle`, u32) that the edge gave them when it registered them. Messages are numbered from 1 for
 * each (owner's term, edge's incarnation); a beat (no events, once a second) repeats the last number, so a lost one,
 * the last one too, is seen within a second. Passing events have no number of a queue and are kept nowhere: what holds
 * nothing else is a beat, so that nobody asks again for one that was lost.
 */
export type EdgeBatch = {
  readonly partition: number
  readonly term: number
  /** The edge's incarnation that this is for; an edge that isn't it any more ignores the message. */
  readonly incarnation: number
  readonly number: number
  readonly beat: boolean
  readonly events: readonly {
    readonly json: Uint8Array
    readonly to: readonly { readonly handle: number; readonly n: number }[]
  }[]
  /** Sessions that a newer one of the same device has replaced. */
  readonly replaced: readonly SessionId[]
  readonly passing: readonly PassingToEdge[]
}

/** An event without a place in any queue, and whom on the edge it is for. */
export type PassingToEdge = { readonly json: Uint8Array; readonly handles: readonly number[] }

/** Without passing events a batch is what it was before there were any. */
const VERSION_PLAIN = 1
const VERSION_PASSING = 2
/** Numbers and lengths: of a batch, of one of its events, of one recipient. */
const BATCH_BYTES = 64
const EVENT_BYTES = 8
const RECIPIENT_BYTES = 10
const HANDLE_BYTES = 4

export function encodeEdgeBatch(batch: EdgeBatch): Uint8Array {
  let size = BATCH_BYTES
  for (const { json, to } of batch.events) size += EVENT_BYTES + json.length + to.length * RECIPIENT_BYTES
  for (const { json, handles } of batch.passing)
    size += EVENT_BYTES + json.length + handles.length * HANDLE_BYTES
  const writer = new Writer(size)
    .u8(batch.passing.length === 0 ? VERSION_PLAIN : VERSION_PASSING)
    .u16(batch.partition)
    .u32(batch.term)
    .uint(batch.incarnation)
    .uint(batch.number)
  writer.u8(batch.beat ? 1 : 0).u32(batch.events.length)
  for (const event of batch.events) {
    writer.bytes(event.json).u32(event.to.length)
    for (const { handle, n } of event.to) writer.u32(handle).uint(n)
  }
  writer.u32(batch.replaced.length)
  for (const session of batch.replaced) writer.str(session)
  if (batch.passing.length > 0) {
    writer.u32(batch.passing.length)
    for (const { json, handles } of batch.passing) {
      writer.bytes(json).u32(handles.length)
      for (const handle of handles) writer.u32(handle)
    }
  }
  return writer.finish()
}

export function decodeEdgeBatch(bytes: Uint8Array): EdgeBatch {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION_PLAIN && version !== VERSION_PASSING)
    throw new TypeError(`unknown edge batch version ${version}`)
  const head = {
    partition: reader.u16(),
    term: reader.u32(),
    incarnation: reader.uint(),
    number: reader.uint(),
    beat: reader.u8() === 1,
  }
  const events = Array.from({ length: reader.u32() }, () => {
    const json = reader.bytes()
    const to = Array.from({ length: reader.u32() }, () => ({ handle: reader.u32(), n: reader.uint() }))
    return { json, to }
  })
  const replaced = Array.from({ length: reader.u32() }, () => trusted<SessionId>(reader.str()))
  const passing = Array.from({ length: version === VERSION_PASSING ? reader.u32() : 0 }, () => ({
    json: reader.bytes(),
    handles: Array.from({ length: reader.u32() }, () => reader.u32()),
  }))
  return { ...head, events, replaced, passing }
}
