import { SnapshotPart } from '../../../shared/fabric/partition-log/snapshots.ts'
import type { ChannelId, Cid, UserId } from '../../../shared/protocol/ids.ts'
import { hashOf, type IdHash, RollingBloom, type SegmentEntry } from './bloom.ts'

/** Exact answers are kept for so many of the newest sends. */
const EXACT_MAX = 100_000
/** How far a client's clock may be from ours for its UUIDv7s to prove anything (ms). */
const CLOCK_BOUND_MS = 2 * 60_000
const TIMED_KEEP_MS = 2 * 60 * 60_000
/** 16 MiB: some 5 minutes at 20,000 sends a second. */
const TIMED_SEGMENTS = 256
const OTHER_KEEP_MS = 8 * 24 * 60 * 60_000
/** 64 MiB: 22 million ids. */
const OTHER_SEGMENTS = 1024
/** A cid is answered as the first time for at least this long; older ones that are asked for again cost a look at the store. */
const PROMISED_MS = 7 * 24 * 60 * 60_000

export type FirstAnswer = { readonly seq: number; readonly at: number }
type Kept = FirstAnswer & { readonly pack: number }

/** What is known of a cid: `ask` = only the store can tell. */
export type CidStatus = 'fresh' | 'ask' | FirstAnswer

/** One filter of a snapshot, and since when all of them together are complete. */
export type CidEntry =
  | (SegmentEntry & { readonly t: 'cids'; readonly timed: boolean })
  | { readonly t: 'cids-since'; readonly timed: boolean; readonly since: number }

/**
 * Answers "was this sent before?" without the store for nearly every send. The newest cids are held exactly; all
 * others as Bloom filters. A UUIDv7 made within CLOCK_BOUND_MS of its acceptance tells when it can have been accepted at
 * the earliest, so those need remembering for hours only; every other cid is remembered for as long as was promised.
 */
export class Cids {
  readonly #exact = new Map<string, Kept>()
  readonly #timed = new RollingBloom(TIMED_SEGMENTS, TIMED_KEEP_MS)
  readonly #other = new RollingBloom(OTHER_SEGMENTS, OTHER_KEEP_MS)
  #confirmed = 0
  /** Of the id asked for last: a send is asked for when it comes, when it is planned, and then added. */
  #lastKey = ''
  #lastHash: IdHash = { first: 0, second: 1 }

  status(channel: ChannelId, user: UserId, cid: Cid, now: number): CidStatus {
    const key = keyOf(channel, user, cid)
    const kept = this.#exact.get(key)
    if (kept !== undefined) return { seq: kept.seq, at: kept.at }
    const made = uuid7Time(cid)
    const isAncient = made !== null && made - CLOCK_BOUND_MS <= this.#timed.since
    if (isAncient && this.#timed.since > 0) return 'ask'
    const hash = this.#hash(key)
    if (made !== null && made <= now + CLOCK_BOUND_MS && this.#timed.has(hash)) return 'ask'
    // It may also have been accepted with a clock out of bounds, and then it is among the others.
    if (this.#other.has(hash)) return 'ask'
    return this.#other.since > now - PROMISED_MS && made === null ? 'ask' : 'fresh'
  }

  add(channel: ChannelId, user: UserId, cid: Cid, answer: FirstAnswer, pack: number): void {
    const key = keyOf(channel, user, cid)
    this.#exact.set(key, { seq: answer.seq, at: answer.at, pack })
    const made = uuid7Time(cid)
    const isTimed = made !== null && Math.abs(made - answer.at) <= CLOCK_BOUND_MS
    if (isTimed) this.#timed.add(this.#hash(key), answer.at)
    else this.#other.add(this.#hash(key), answer.at)
    this.#evict()
  }

  /** The store has everything up to this pack. */
  confirm(pack: number): void {
    this.#confirmed = pack
    this.#evict()
  }

  *toEntries(): Generator<CidEntry | SnapshotPart> {
    for (const timed of [true, false]) {
      const bloom = timed ? this.#timed : this.#other
      // What was forgotten while this is written makes the filters complete for less, so it is asked for last.
      for (const { id, full, entry } of bloom.segments()) {
        const cids: CidEntry = { t: 'cids', timed, ...entry() }
        yield full ? new SnapshotPart(id, cids) : cids
      }
      yield { t: 'cids-since', timed, since: bloom.since }
    }
  }

  restore(entry: CidEntry): void {
    const bloom = entry.timed ? this.#timed : this.#other
    if (entry.t === 'cids') bloom.restore(entry)
    else bloom.since = Math.max(bloom.since, entry.since)
  }

  #hash(key: string): IdHash {
    if (key !== this.#lastKey) {
      this.#lastKey = key
      this.#lastHash = hashOf(key)
    }
    return this.#lastHash
  }

  #evict(): void {
    if (this.#exact.size <= EXACT_MAX) return
    for (const [key, { pack }] of this.#exact) {
      if (this.#exact.size <= EXACT_MAX || pack > this.#confirmed) return
      this.#exact.delete(key)
    }
  }
}

const keyOf = (channel: ChannelId, user: UserId, cid: Cid): string => `${channel}/${user}/${cid}`

const UUID7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const UUID_LENGTH = 36

/** When a UUIDv7 says that it was made (ms since 1970, RFC 9562); null for any other id. */
export function uuid7Time(cid: string): number | null {
  if (cid.length !== UUID_LENGTH) return null
  const match = UUID7.exec(cid)
  return match === null ? null : Number.parseInt(`${match[1]}${match[2]}`, 16)
}
