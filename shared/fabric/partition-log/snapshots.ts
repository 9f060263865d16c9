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
  /** Ids of the parts that belong to it, in order. */
  parts: z.array(z.string()).default([]),
})
export type SnapshotHead = z.infer<typeof headShape>
/** Pages that were written, and what has to be still so when their head is published. */
export type WrittenPages = {
  readonly pages: number
  /** Ids of the parts among the entries. */
  readonly parts: readonly string[]
  /** Of the first page, in the stream. */
  readonly firstSequence: number
  /** Of the head that stood when the pages were begun; 0 = none. */
  readonly headBefore: number
  /** The parts of the snapshot before that aren't in this one. */
  readonly dropped: readonly string[]
}

/** An entry that never changes: written once, under an id that is never used for another. */
export class SnapshotPart {
  readonly id: string
  readonly entry: unknown

  constructor(id: string, entry: unknown) {
    this.id = id
    this.entry = entry
  }
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
  /** Parts that surely stand in the stream. */
  readonly #standing = new Set<string>()

  constructor(fabric: Fabric, ref: PartitionRef) {
    this.#fabric = fabric
    this.#ref = ref
    this.#stream = streams.snapshots(ref.region)
  }

  async head(): Promise<SnapshotHead | null> {
    const bytes = await this.#newest(subjects.snapshotHead(this.#ref))
    return bytes === null ? null : headShape.parse(fromJson(bytes))
  }

  /** Parts first. @throws LogDamage if a page or part of the snapshot is missing. */
  async *entries(head: SnapshotHead): AsyncGenerator {
    for (const id of head.parts) {
      const bytes = await this.#newest(subjects.snapshotPart(this.#ref, id))
      if (bytes === null)
        throw new LogDamage(`part ${id} of snapshot ${head.generation} in ${this.#stream} is missing`)
      this.#standing.add(id)
      yield fromJson(bytes)
    }
    for (let page = 0; page < head.pages; page++) {
      const bytes = await this.#newest(subjects.snapshotPage(this.#ref, head.generation, page))
      if (bytes === null)
        throw new LogDamage(`page ${page} of snapshot ${head.generation} in ${this.#stream} is missing`)
      yield* pageShape.parse(fromJson(bytes))
    }
  }

  /** Writes the pages, and the parts that don't stand yet; they count for nothing until `publishHead`. Gives up (null) when `wanted` says so. */
  async writePages(
    generation: number,
    entries: Iterable<unknown>,
    wanted: () => boolean,
  ): Promise<WrittenPages | null> {
    const before = await this.#before(generation)
    const parts: string[] = []
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
      if (entry instanceof SnapshotPart) {
        await this.#writePart(entry)
        parts.push(entry.id)
        if (!wanted()) return null
        continue
      }
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
    if (!wanted()) return null
    const dropped = before.parts.filter((id) => !parts.includes(id))
    return { pages, parts, firstSequence, headBefore: before.sequence, dropped }
  }

  /**
   * The snapshot counts from now on, and older pages go. Refused if another head was published since the pages were
   * begun: an owner that was frozen must not put its old snapshot over a newer one, nor purge that one's pages.
   */
  async publishHead(
    newest: Pick<SnapshotHead, 'generation' | 'pack' | 'digest'>,
    { pages, parts, firstSequence, headBefore, dropped }: WrittenPages,
  ): Promise<void> {
    const head: SnapshotHead = { ...newest, pages, parts: [...parts] }
    await this.#fabric.js.publish(subjects.snapshotHead(this.#ref), toJson(head), {
      expect: { lastSubjectSequence: headBefore },
    })
    const { region, kind, partition } = this.#ref
    const filter = `${region}.snapshot.${kind}.${partition}.*.*`
    await this.#fabric.jsm.streams.purge(this.#stream, { filter, seq: firstSequence })
    for (const id of dropped) {
      this.#standing.delete(id)
      await this.#fabric.jsm.streams.purge(this.#stream, { filter: subjects.snapshotPart(this.#ref, id) })
    }
  }

  async #writePart({ id, entry }: SnapshotPart): Promise<void> {
    if (this.#standing.has(id)) return
    await this.#fabric.js.publish(subjects.snapshotPart(this.#ref, id), toJson(entry))
    this.#standing.add(id)
  }

  async #before(generation: number): Promise<{ sequence: number; parts: readonly string[] }> {
    const message = await this.#message(subjects.snapshotHead(this.#ref))
    if (message === null) return { sequence: 0, parts: [] }
    const head = headShape.parse(fromJson(message.data))
    if (head.generation > generation) throw new Error('a newer owner has published a snapshot')
    return { sequence: message.seq, parts: head.parts }
  }

  async #newest(subject: string): Promise<Uint8Array | null> {
    return (await this.#message(subject))?.data ?? null
  }

  #message(subject: string): Promise<StoredMsg | null> {
    return this.#fabric.jsm.streams.getMessage(this.#stream, { last_by_subj: subject })
  }
}
