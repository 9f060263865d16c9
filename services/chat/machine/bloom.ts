import { createHash } from 'node:crypto'

/** 64 KiB hold 21,800 ids at 24 bits and 16 probes each: one unknown id in 100,000 looks known to a segment (Bloom, 1970). */
const SEGMENT_BYTES = 64 * 1024
const SEGMENT_IDS = 21_800
const PROBES = 16
const BITS = SEGMENT_BYTES * 8

type Segment = { readonly bits: Uint8Array; count: number; newest: number }
export type SegmentEntry = { readonly bits: string; readonly count: number; readonly newest: number }

/**
 * Remembers ids for a while in little room: `has` is never wrong about one that was added since `since`, and rarely
 * about one that wasn't. Grows by segments; the oldest go when there are too many or their time is over.
 */
export class RollingBloom {
  /** Complete for whatever was added after this (ms since 1970). */
  since = 0
  readonly #maxSegments: number
  readonly #keepMs: number
  #segments: Segment[] = []

  constructor(maxSegments: number, keepMs: number) {
    this.#maxSegments = maxSegments
    this.#keepMs = keepMs
  }

  add(id: string, now: number): void {
    let segment = this.#segments.at(-1)
    if (segment === undefined || segment.count >= SEGMENT_IDS) {
      segment = { bits: new Uint8Array(SEGMENT_BYTES), count: 0, newest: now }
      this.#segments.push(segment)
      this.#forget(now)
    }
    for (const bit of probes(id)) segment.bits[bit >> 3] = (segment.bits[bit >> 3] ?? 0) | (1 << (bit & 7))
    segment.count++
    segment.newest = now
  }

  has(id: string): boolean {
    const bits = probes(id)
    return this.#segments.some((segment) =>
      bits.every((bit) => ((segment.bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0),
    )
  }

  toEntries(): SegmentEntry[] {
    return this.#segments.map(({ bits, count, newest }) => ({
      bits: Buffer.from(bits).toString('base64'),
      count,
      newest,
    }))
  }

  restore(entry: SegmentEntry): void {
    this.#segments.push({ bits: Buffer.from(entry.bits, 'base64'), count: entry.count, newest: entry.newest })
  }

  #forget(now: number): void {
    while (this.#segments.length > 1) {
      const oldest = this.#segments[0]
      if (oldest === undefined) return
      if (this.#segments.length <= this.#maxSegments && now - oldest.newest <= this.#keepMs) return
      this.since = Math.max(this.since, oldest.newest)
      this.#segments.shift()
    }
  }
}

/** Kirsch and Mitzenmacher (2006): two hashes make as many probes as are wanted. */
function probes(id: string): number[] {
  const digest = createHash('md5').update(id).digest()
  const first = digest.readUInt32LE(0)
  const second = digest.readUInt32LE(4) | 1
  return Array.from({ length: PROBES }, (_, i) => (first + Math.imul(i, second)) >>> 0).map(
    (hash) => hash % BITS,
  )
}
