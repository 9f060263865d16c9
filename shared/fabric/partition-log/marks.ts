import { z } from 'zod'
import type { Log } from '../../log/log.ts'
import { fromJson, toJson } from '../call.ts'
import type { Fabric } from '../connection.ts'
import { type PartitionRef, streams, subjects } from '../registry.ts'

const markShape = z.object({
  pack: z.number().int(),
  /** Of that pack, base64. */
  digest: z.base64(),
})
/** A pack that was acked: a log that doesn't hold it isn't what its owners wrote. */
export type Mark = z.infer<typeof markShape>

/** Between two writes of a partition's mark (ms): each costs an fsync of its own. */
const WRITE_EVERY_MS = 1_000
/** The last mark of a tenure is waited for so long, for NATS may be away (ms). */
const FLUSH_LIMIT_MS = 500

/**
 * How far a partition's log has come, kept outside its stream. A server that finds the newest pack damaged cuts it off
 * without a word, and what is left is a whole chain: only something that stands elsewhere can tell that a tail is gone.
 *
 * The first commit after a quiet second is marked at once, under load one a second is; the process that committed
 * remembers every pack. So what a mark doesn't cover is the last second under load, if the owner dies along with it: for
 * that stand the positions in SYNC packs (chat compares them at take-over) and the store's (storage compares them all the
 * time). Not noticed stays only a pack that none of the three had taken in: one of that second that reached neither.
 */
export class Marks {
  readonly #fabric: Fabric
  readonly #ref: PartitionRef
  readonly #log: Log
  #known: Mark | null = null
  #written = 0
  #writing: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(fabric: Fabric, ref: PartitionRef, log: Log) {
    this.#fabric = fabric
    this.#ref = ref
    this.#log = log
  }

  /** The highest pack that is known to have been acked, by this process or any other. Ask before the log's end is read. */
  async highest(): Promise<Mark | null> {
    const stored = (await this.#stored())?.mark ?? null
    const known = this.#known
    if (stored === null || known === null) return stored ?? known
    return stored.pack >= known.pack ? stored : known
  }

  /** A pack stands. Only what surely stands may be said: a mark that isn't true stops the partition. */
  committed(pack: number, digest: Uint8Array): void {
    this.#known = { pack, digest: Buffer.from(digest).toString('base64') }
    if (this.#writing !== null || this.#timer !== undefined) return
    this.#begin()
  }

  /** Writes what isn't written yet, if NATS answers soon; what then fails is only remembered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isWritten()) return
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_LIMIT_MS)
    })
    const written = (this.#writing ?? Promise.resolve()).then(() => this.#write())
    await Promise.race([written, limit])
    clearTimeout(timer)
  }

  #isWritten(): boolean {
    return this.#known === null || this.#known.pack <= this.#written
  }

  #begin(): void {
    this.#writing = this.#write().finally(() => {
      this.#writing = null
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        if (!this.#isWritten()) this.#begin()
      }, WRITE_EVERY_MS)
      this.#timer.unref()
    })
  }

  /** Never lowers what stands: an owner that was frozen over it has only an older truth. */
  async #write(): Promise<void> {
    const mark = this.#known
    if (mark === null || this.#isWritten()) return
    try {
      const stored = await this.#stored()
      if (stored === null || stored.mark.pack < mark.pack) {
        const expect = { lastSubjectSequence: stored?.sequence ?? 0 }
        await this.#fabric.js.publish(subjects.mark(this.#ref), toJson(mark), { expect })
      }
      this.#written = mark.pack
    } catch (error) {
      this.#log.debug({ err: error, ...this.#ref }, 'a mark could not be written; the next one follows')
    }
  }

  async #stored(): Promise<{ readonly mark: Mark; readonly sequence: number } | null> {
    const message = await this.#fabric.jsm.streams.getMessage(streams.snapshots(this.#ref.region), {
      last_by_subj: subjects.mark(this.#ref),
    })
    return message === null ? null : { mark: markShape.parse(fromJson(message.data)), sequence: message.seq }
  }
}
