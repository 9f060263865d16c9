import { Reader, strBytes, Writer } from '../../codec.ts'
import { type ChannelId, trusted, type UserId } from '../../protocol/ids.ts'
import { type Position, readPosition, writePosition } from '../position.ts'
import { readSealed, type Sealed } from './sealed.ts'

/** Its recipients are from now on told of the channel's marks (`enter`), or no longer (`leave`). */
export type Ranks = { readonly channel: ChannelId; readonly op: 'enter' | 'leave' }
/** What follows an event of a bundle, or of a SYNC record. */
const RANK_OPS = ['enter', 'leave'] as const

/** An event with the users of one SYNC partition who receive it. `sealed` is what goes to disk, absent if the event is stored clear. */
export type BundleEvent = {
  readonly json: Uint8Array
  readonly sealed: Sealed | null
  readonly recipients: readonly UserId[]
  readonly ranks?: Ranks | null
}

/**
 * What one LOG owner hands one SYNC partition: everything of its log after `previous` and up to `position` that
 * concerns it. A SYNC owner that doesn't stand at `previous` refuses it and says where it stands. Without events, it
 * only moves the position.
 */
export type Bundle = {
  readonly logPartition: number
  /** The LOG owner's term: answers go to it. */
  readonly term: number
  readonly previous: Position
  readonly position: Position
  readonly events: readonly BundleEvent[]
}

/** Numbers, lengths and positions of a bundle; and of one of its events, beyond its bytes and ids. */
const BUNDLE_BYTES = 256
const EVENT_BYTES = 9
const VERSION_PLAIN = 1
/** With ranks. */
const VERSION_RANKS = 2

export function encodeBundle(bundle: Bundle): Uint8Array {
  let size = BUNDLE_BYTES
  const version = bundle.events.some(({ ranks }) => (ranks ?? null) !== null) ? VERSION_RANKS : VERSION_PLAIN
  for (const { json, sealed, recipients, ranks } of bundle.events) {
    size += 1 + (ranks ? strBytes(ranks.channel) : 0) + EVENT_BYTES + json.length + (sealed?.length ?? 0)
    for (const user of recipients) size += strBytes(user)
  }
  const writer = new Writer(size).u8(version).u16(bundle.logPartition).u32(bundle.term)
  writePosition(writer, bundle.previous)
  writePosition(writer, bundle.position)
  writer.u32(bundle.events.length)
  for (const event of bundle.events) {
    writer.bytes(event.json)
    if (event.sealed === null) writer.u8(0)
    else writer.u8(1).raw(event.sealed)
    writer.u32(event.recipients.length)
    for (const user of event.recipients) writer.str(user)
    if (version === VERSION_RANKS) writeRanks(writer, event.ranks ?? null)
  }
  return writer.finish()
}

export function decodeBundle(bytes: Uint8Array): Bundle {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== VERSION_PLAIN && version !== VERSION_RANKS)
    throw new TypeError(`unknown bundle version ${version}`)
  const logPartition = reader.u16()
  const term = reader.u32()
  const previous = readPosition(reader)
  const position = readPosition(reader)
  const events = Array.from({ length: reader.u32() }, () => {
    const json = reader.bytes()
    const sealed = reader.u8() === 0 ? null : readSealed(reader)
    const recipients = Array.from({ length: reader.u32() }, () => trusted<UserId>(reader.str()))
    return { json, sealed, recipients, ranks: version === VERSION_RANKS ? readRanks(reader) : null }
  })
  return { logPartition, term, previous, position, events }
}

export function writeRanks(writer: Writer, ranks: Ranks | null): void {
  if (ranks === null) writer.u8(0)
  else writer.u8(1 + RANK_OPS.indexOf(ranks.op)).str(ranks.channel)
}

export function readRanks(reader: Reader): Ranks | null {
  const op = RANK_OPS[reader.u8() - 1]
  return op === undefined ? null : { channel: trusted<ChannelId>(reader.str()), op }
}

/** A SYNC owner's answer to bundles: where it durably stands; `refused` if the last one didn't follow on that. */
export type Bundled = {
  readonly syncPartition: number
  readonly syncTerm: number
  readonly position: Position
  readonly refused: boolean
}

export function encodeBundled(bundled: Bundled): Uint8Array {
  const writer = new Writer(64).u8(1).u16(bundled.syncPartition).u32(bundled.syncTerm)
  writePosition(writer, bundled.position)
  return writer.u8(bundled.refused ? 1 : 0).finish()
}

export function decodeBundled(bytes: Uint8Array): Bundled {
  const reader = new Reader(bytes)
  const version = reader.u8()
  if (version !== 1) throw new TypeError(`unknown bundled version ${version}`)
  return {
    syncPartition: reader.u16(),
    syncTerm: reader.u32(),
    position: readPosition(reader),
    refused: reader.u8() === 1,
  }
}
