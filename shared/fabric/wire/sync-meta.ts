import { Reader, Writer } from '../../codec.ts'
import { type Position, readPosition, writePosition } from '../position.ts'

const META_VERSION = 1

/** The header of every SYNC pack: how far each LOG partition had been taken in when it was made. */
export function encodeSyncMeta(positions: ReadonlyMap<number, Position>): Uint8Array {
  const writer = new Writer(64).u8(META_VERSION).u16(positions.size)
  for (const [logPartition, position] of positions) writePosition(writer.u16(logPartition), position)
  return writer.finish()
}

export function decodeSyncMeta(meta: Uint8Array): Map<number, Position> {
  const reader = new Reader(meta)
  const version = reader.u8()
  if (version !== META_VERSION) throw new TypeError(`unknown version ${version} of a SYNC pack's header`)
  const positions = new Map<number, Position>()
  for (let left = reader.u16(); left > 0; left--) positions.set(reader.u16(), readPosition(reader))
  return positions
}
