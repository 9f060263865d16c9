import type { Reader, Writer } from '../codec.ts'

/**
 * A place in a partition's log. A lineage begins at creation, promotion or restore; `pack` is the stream's sequence of
 * the pack (first 1); `record` counts records of the pack that lie wholly before the place, `slice` the recipients of
 * the next one that do. A whole pack taken in is `{ pack, record: WHOLE, slice: 0 }`.
 */
export type Position = {
  readonly lineage: number
  readonly pack: number
  readonly record: number
  readonly slice: number
}

export const WHOLE_PACK = 0xffffffff

export const START: Position = { lineage: 0, pack: 0, record: WHOLE_PACK, slice: 0 }

export const endOfPack = (lineage: number, pack: number): Position => ({
  lineage,
  pack,
  record: WHOLE_PACK,
  slice: 0,
})

/** Negative, zero or positive, as for sort. Only positions of one lineage compare. */
export const comparePositions = (a: Position, b: Position): number =>
  a.pack - b.pack || a.record - b.record || a.slice - b.slice

export function writePosition(writer: Writer, position: Position): void {
  writer.uint(position.lineage).uint(position.pack).u32(position.record).u32(position.slice)
}

export const readPosition = (reader: Reader): Position => ({
  lineage: reader.uint(),
  pack: reader.uint(),
  record: reader.u32(),
  slice: reader.u32(),
})
