/** An owner that beats once a second and wasn't heard for this long is asked again (ms). */
export const SILENCE_MS = 3_000

type PartitionFeed = {
  term: number
  /** The number of the newest message seen. */
  seen: number
  /** The first message seen of this term: whatever a session was told before it may have been missed. */
  firstSeen: number
  heardAt: number
  /** Sessions registered in an older generation have to register again. */
  generation: number
}

/** What a message or an answer of an owner tells about those before it. */
export type Verdict = 'ok' | 'stale' | 'gap' | 'new-owner'

/**
 * How far this edge has seen each SYNC partition's messages. They are numbered from 1 for each (owner's term, edge's
 * incarnation), and a beat repeats the last number, so one that was lost is noticed. Pure state.
 */
export class Feeds {
  readonly #feeds = new Map<number, PartitionFeed>()

  generation(partition: number): number {
    return this.#feeds.get(partition)?.generation ?? 0
  }

  /** A batch or beat of an owner. */
  observe(
    batch: {
      readonly partition: number
      readonly term: number
      readonly number: number
      readonly beat: boolean
    },
    now: number,
  ): Verdict {
    const feed = this.#feeds.get(batch.partition)
    if (feed === undefined) {
      this.#begin(batch.partition, batch.term, batch.number, now)
      return 'ok'
    }
    if (batch.term < feed.term) return 'stale'
    feed.heardAt = now
    if (batch.term > feed.term) return this.#newOwner(feed, batch.term, batch.number)
    // A beat repeats the number of a message that must have come before it.
    const expected = batch.beat ? feed.seen : feed.seen + 1
    if (batch.number <= expected) {
      feed.seen = Math.max(feed.seen, batch.number)
      return 'ok'
    }
    feed.seen = batch.number
    feed.generation++
    return 'gap'
  }

  /** An owner's answer to a register request: `number` is that of the last message before it. */
  answered(partition: number, term: number, number: number, now: number): Verdict {
    const feed = this.#feeds.get(partition)
    if (feed === undefined) {
      this.#begin(partition, term, number, now)
      return 'ok'
    }
    if (term < feed.term) return 'stale'
    feed.heardAt = now
    if (term > feed.term) return this.#newOwner(feed, term, number)
    if (number + 1 >= feed.firstSeen) return 'ok'
    feed.firstSeen = number + 1
    feed.generation++
    return 'gap'
  }

  /** Everyone of the partition has to register again. */
  renew(partition: number, now: number): void {
    const feed = this.#feeds.get(partition)
    if (feed === undefined) return
    feed.heardAt = now
    feed.generation++
  }

  silent(now: number): number[] {
    const silent: number[] = []
    for (const [partition, { heardAt }] of this.#feeds)
      if (now - heardAt >= SILENCE_MS) silent.push(partition)
    return silent
  }

  #begin(partition: number, term: number, number: number, now: number): void {
    this.#feeds.set(partition, { term, seen: number, firstSeen: number, heardAt: now, generation: 0 })
  }

  #newOwner(feed: PartitionFeed, term: number, number: number): Verdict {
    feed.term = term
    feed.seen = number
    feed.firstSeen = number
    feed.generation++
    return 'new-owner'
  }
}
