import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoredMsg } from '@nats-io/jetstream'
import { z } from 'zod'
import { fromJson, toJson } from '../call.ts'
import type { Fabric } from '../connection.ts'
import { LogDamage } from '../pack.ts'
import { MAX_PAGE_BYTES, type PartitionRef, streams, subjects } from '../registry.ts'

const headShape = z.object({
  generation: z.number().int(),
  pages: z.number().int(),
  /** Every pack up to this one is in all entries; replay begins after it. */
  pack: z.number().int(),
  /** Of that pack, base64. */
  digest: z.base64(),
})
export type SnapshotHead = z.infer<typeof headShape>
/** Pages that were written, and what has to be still so when their head is published. */
export type WrittenPages = {
  readonly pages: number
  /** Of the first page, in the stream. */
  readonly firstSequence: number
  /** Of the head that stood when the pages were begun; 0 = none. */
  readonly headBefore: number
}

const pageShape = z.array(z.unknown())
/** Entries made into JSON before the event loop gets a turn. */
const ENTRIES_A_TURN = 200

/**
 * Snapshots of a partition's state in the fabric itself, so that take-over needs no store: pages of JSON entries, then
 * a head that names them. A snapshot counts once its head stands; the pages of older ones are purged.
 */
export class Snapshots {
  readonly #fabric: Fabric
  readonly #ref: PartitionRef
  readonly #stream: string

  constructor(fabric: Fabric, ref: PartitionRef) {
    this.#fabric = fabric
    this.#ref = ref
    this.#stream = streams.snapshots(ref.region)
  }

  async head(): Promise<SnapshotHead | null> {
    const bytes = await this.#newest(subjects.snapshotHead(this.#ref))
    return bytes === null ? null : headShape.parse(fromJson(bytes))
  }

  /** @throws LogDamage if a page of the snapshot is missing. */
  async *entries(head: SnapshotHead): AsyncGenerator {
    for (let page = 0; page < head.pages; page++) {
      const bytes = await this.#newest(subjects.snapshotPage(this.#ref, head.generation, page))
      if (bytes === null)
        throw new LogDamage(`page ${page} of snapshot ${head.generation} in ${this.#stream} is missing`)
      yield* pageShape.parse(fromJson(bytes))
    }
  }

  /** Writes the pages; they count for nothing until `publishHead`. Gives up (null) when `wanted` says so. */
  async writePages(
    generation: number,
    entries: Iterable<unknown>,
    wanted: () => boolean,
  ): Promise<WrittenPages | null> {
    const headBefore = await this.#headBefore(generation)
    let firstSequence = 0
    let pages = 0
    let page: string[] = []
    let size = 0
    let inTurn = 0
    const writePage = async () => {
      const { seq } = await this.#fabric.js.publish(
        subjects.snapshotPage(this.#ref, generation, pages),
        `[${page.join(',')}]`,
      )
      if (pages === 0) firstSequence = seq
      pages++
      page = []
      size = 0
    }
    for (const entry of entries) {
      const json = JSON.stringify(entry)
      if (size > 0 && size + json.length > MAX_PAGE_BYTES) await writePage()
      page.push(json)
      size += json.length + 1
      if (++inTurn === ENTRIES_A_TURN) {
        inTurn = 0
        await nextTurn()
        if (!wanted()) return null
      }
    }
    await writePage()
    return wanted() ? { pages, firstSequence, headBefore } : null
  }

  /**
   * The snapshot counts from now on, and older pages go. Refused if another head was published since the pages were
   * begun: an owner that was frozen must not put its old snapshot over a newer one, nor purge that one's pages.
   */
  async publishHead(head: SnapshotHead, { firstSequence, headBefore }: WrittenPages): Promise<void> {
    await this.#fabric.js.publish(subjects.snapshotHead(this.#ref), toJson(head), {
      expect: { lastSubjectSequence: headBefore },
    })
    const { region, kind, partition } = this.#ref
    const filter = `${region}.snapshot.${kind}.${partition}.*.*`
    await this.#fabric.jsm.streams.purge(this.#stream, { filter, seq: firstSequence })
  }

  async #headBefore(generation: number): Promise<number> {
    const message = await this.#message(subjects.snapshotHead(this.#ref))
    if (message === null) return 0
    if (headShape.parse(fromJson(message.data)).generation > generation)
      throw new Error('a newer owner has published a snapshot')
    return message.seq
  }

  async #newest(subject: string): Promise<Uint8Array | null> {
    return (await this.#message(subject))?.data ?? null
  }

  #message(subject: string): Promise<StoredMsg | null> {
    return this.#fabric.jsm.streams.getMessage(this.#stream, { last_by_subj: subject })
  }
}
