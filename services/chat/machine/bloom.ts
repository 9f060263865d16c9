import { randomUUID } from 'node:crypto'
import { hash32 } from '../../../shared/fabric/hash.ts'
import type { ChannelId, Cid, UserId } from '../../../shared/protocol/ids.ts'

/** 64 KiB hold 21,800 ids at 24 bits and 16 probes each: one unknown id in 100,000 looks known to a segment (Bloom, 1970). */
const SEGMENT_BYTES = 64 * 1024
const SEGMENT_IDS = 21_800
const PROBES = 16
const BIT_MASK = SEGMENT_BYTES * 8 - 1
/** Names how ids become probes; a segment that was made otherwise can't be asked. */
const HASH = 'murmur3x2-cid'

/** Two hashes of an id: enough for every segment's probes. */
export type IdHash = { readonly first: number; readonly second: number }

type Segment = { readonly id: string; readonly bits: Uint8Array; count: number; newest: number }
export type SegmentEntry = {
  readonly id?: string
  readonly hash?: string
  readonly bits: string
  readonly count: number
  readonly newest: number
}

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

  add({ first, second }: IdHash, now: number): void {
    let segment = this.#segments.at(-1)
    if (segment === undefined || segment.count >= SEGMENT_IDS) {
      segment = { id: randomUUID(), bits: new Uint8Array(SEGMENT_BYTES), count: 0, newest: now }
      this.#segments.push(segment)
      this.#forget(now)
    }
    const { bits } = segment
    // Kirsch and Mitzenmacher (2006): two hashes make as many probes as are wanted.
    for (let i = 0, hash = first; i < PROBES; i++, hash = (hash + second) | 0) {
      const bit = hash & BIT_MASK
      bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7))
    }
    segment.count++
    segment.newest = now
  }

  has(id: IdHash): boolean {
    for (const { bits } of this.#segments) if (hasAll(bits, id)) return true
    return false
  }

  /** Oldest first. A `full` one never changes again. */
  *segments(): Generator<{
    readonly id: string
    readonly full: boolean
    readonly entry: () => SegmentEntry
  }> {
    // A copy: the oldest may be forgotten between two steps.
    for (const { id, bits, count, newest } of [...this.#segments]) {
      const entry = () => ({ id, hash: HASH, bits: Buffer.from(bits).toString('base64'), count, newest })
      yield { id, full: count >= SEGMENT_IDS, entry }
    }
  }

  restore(entry: SegmentEntry): void {
    if (entry.hash === HASH && entry.id !== undefined)
      this.#segments.push({
        id: entry.id,
        bits: Buffer.from(entry.bits, 'base64'),
        count: entry.count,
        newest: entry.newest,
      })
    else this.since = Math.max(this.since, entry.newest)
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

function hasAll(bits: Uint8Array, { first, second }: IdHash): boolean {
  for (let i = 0, hash = first; i < PROBES; i++, hash = (hash + second) | 0) {
    const bit = hash & BIT_MASK
    if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false
  }
  return true
}

/** Channel and user choose the seeds. `second` is odd, so that its multiples reach every bit. */
export function hashOf(channel: ChannelId, user: UserId, cid: Cid): IdHash {
  const seed = murmur3(user, hash32(channel))
  return { first: murmur3(cid, seed), second: murmur3(cid, seed ^ 0x5bd1e995) | 1 }
}

/** MurmurHash3, x86, 32 bits (Appleby, public domain), over the UTF-16 units, two a step. */
function murmur3(text: string, seed: number): number {
  let hash = seed
  const { length } = text
  for (let i = 0; i < length; i += 2) {
    let block = text.charCodeAt(i) | (i + 1 < length ? text.charCodeAt(i + 1) << 16 : 0)
    block = Math.imul(block, 0xcc9e2d51)
    block = (block << 15) | (block >>> 17)
    hash ^= Math.imul(block, 0x1b873593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
