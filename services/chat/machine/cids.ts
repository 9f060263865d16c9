import { SnapshotPart } from '../../../shared/fabric/partition-log/snapshots.ts'
import type { ChannelId, Cid, UserId } from '../../../shared/protocol/ids.ts'
import { hashOf, RollingBloom, type SegmentEntry } from './bloom.ts'

/** Exact answers are kept for so many of the newest sends at least, and for twice as many at most once the store has them. */
const EXACT = 50_000
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
type Kept = FirstAnswer & { readonly channel: ChannelId; readonly user: UserId }

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
  #young = new Exact()
  #old = new Exact()
  readonly #timed = new RollingBloom(TIMED_SEGMENTS, TIMED_KEEP_MS)
  readonly #other = new RollingBloom(OTHER_SEGMENTS, OTHER_KEEP_MS)
  #confirmed = 0

  /** Its first answer, if it is among the newest: whatever was added since it was `fresh` is. */
  recent(channel: ChannelId, user: UserId, cid: Cid): FirstAnswer | undefined {
    return this.#young.find(channel, user, cid) ?? this.#old.find(channel, user, cid)
  }

  status(channel: ChannelId, user: UserId, cid: Cid, now: number): CidStatus {
    const recent = this.recent(channel, user, cid)
    if (recent !== undefined) return recent
    const made = uuid7Time(cid)
    const isAncient = made !== null && made - CLOCK_BOUND_MS <= this.#timed.since
    if (isAncient && this.#timed.since > 0) return 'ask'
    const hash = hashOf(channel, user, cid)
    if (made !== null && made <= now + CLOCK_BOUND_MS && this.#timed.has(hash)) return 'ask'
    // It may also have been accepted with a clock out of bounds, and then it is among the others.
    if (this.#other.has(hash)) return 'ask'
    return this.#other.since > now - PROMISED_MS && made === null ? 'ask' : 'fresh'
  }

  add(channel: ChannelId, user: UserId, cid: Cid, answer: FirstAnswer, pack: number): void {
    const { at } = answer
    this.recall(channel, user, cid, answer, pack)
    const made = uuid7Time(cid)
    const isTimed = made !== null && Math.abs(made - at) <= CLOCK_BOUND_MS
    const bloom = isTimed ? this.#timed : this.#other
    bloom.add(hashOf(channel, user, cid), at)
    this.#forget()
  }

  /** What the filters of a snapshot have already. */
  recall(channel: ChannelId, user: UserId, cid: Cid, { seq, at }: FirstAnswer, pack: number): void {
    this.#young.add(cid, { channel, user, seq, at })
    this.#young.lastPack = pack
  }

  /** The store has everything up to this pack. */
  confirm(pack: number): void {
    this.#confirmed = pack
    this.#forget()
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

  /** A generation as a whole, and not what the store, which is asked then, lacks. */
  #forget(): void {
    if (this.#young.size < EXACT || this.#old.lastPack > this.#confirmed) return
    this.#old = this.#young
    this.#young = new Exact()
  }
}

/** One generation of first answers. */
class Exact {
  /** The last pack that it has an answer of. */
  lastPack = 0
  readonly #byCid = new Map<Cid, Kept>()
  /** Those whose cid another sender, or channel, has in #byCid: clients make them random, so there are hardly any. */
  readonly #clashing = new Map<string, Kept>()

  get size(): number {
    return this.#byCid.size + this.#clashing.size
  }

  find(channel: ChannelId, user: UserId, cid: Cid): Kept | undefined {
    const kept = this.#byCid.get(cid)
    if (kept !== undefined && kept.channel === channel && kept.user === user) return kept
    return this.#clashing.size === 0 ? undefined : this.#clashing.get(keyOf(channel, user, cid))
  }

  add(cid: Cid, kept: Kept): void {
    const other = this.#byCid.get(cid)
    if (other === undefined || (other.channel === kept.channel && other.user === kept.user))
      this.#byCid.set(cid, kept)
    else this.#clashing.set(keyOf(kept.channel, kept.user, cid), kept)
  }
}

const keyOf = (channel: ChannelId, user: UserId, cid: Cid): string => `${channel}/${user}/${cid}`

/** What stands where in a UUIDv7's text: its time, any digit, a dash, the version, the variant. */
const UUID7 = 'tttttttt-tttt-7xxx-vxxx-xxxxxxxxxxxx'

/** When a UUIDv7 says that it was made (ms since 1970, RFC 9562); null for any other id. */
export function uuid7Time(cid: string): number | null {
  if (cid.length !== UUID7.length) return null
  let time = 0
  for (let at = 0; at < UUID7.length; at++) {
    const kind = UUID7[at]
    if (kind === '-' || kind === '7') {
      if (cid[at] !== kind) return null
      continue
    }
    const digit = hexDigit(cid.charCodeAt(at))
    if (digit < 0 || (kind === 'v' && digit >> 2 !== 0b10)) return null
    if (kind === 't') time = time * 16 + digit
  }
  return time
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
