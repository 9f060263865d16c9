import type { Log } from '../../log/log.ts'
import type { PartitionRef } from '../registry.ts'
import type { Snapshots } from './snapshots.ts'
import { snapshotGauge } from './tenure-metrics.ts'

const RELEASE_POLL_MS = 200
const RETRY_MS = 2_000

/** What is asked of the tenure while it goes on committing. */
export type SnapshotSubject = {
  readonly term: () => number
  readonly committed: () => number
  readonly planned: () => number
  /** Of the newest committed pack. */
  readonly digest: () => Uint8Array
  /** Whether the tenure goes on, and whether its lease is good just now. */
  readonly over: () => boolean
  readonly leaseValid: () => boolean
  readonly entries: () => Iterable<unknown>
  /** Whether everything up to this pack is where it must be before a snapshot may stand for it. */
  readonly released: (pack: number) => boolean
}

/** Takes a snapshot of a tenure every so many packs, one at a time, beside its commits. */
export class TenureSnapshots {
  readonly #ref: PartitionRef
  readonly #snapshots: Snapshots
  readonly #everyPacks: number
  readonly #subject: SnapshotSubject
  readonly #taken: (pack: number) => Promise<void>
  readonly #log: Log
  #pack = 0
  #running = false
  #nextAt = 0

  constructor(options: {
    readonly ref: PartitionRef
    readonly snapshots: Snapshots
    readonly everyPacks: number
    readonly subject: SnapshotSubject
    /** Told after each snapshot. */
    readonly taken: (pack: number) => Promise<void>
    readonly log: Log
  }) {
    this.#ref = options.ref
    this.#snapshots = options.snapshots
    this.#everyPacks = options.everyPacks
    this.#subject = options.subject
    this.#taken = options.taken
    this.#log = options.log
  }

  /** The pack that the newest snapshot covers. */
  get pack(): number {
    return this.#pack
  }

  /** The tenure began with this one. */
  restored(pack: number): void {
    this.#pack = pack
  }

  takeIfDue(): void {
    if (this.#running || this.#subject.over() || performance.now() < this.#nextAt) return
    if (this.#subject.committed() - this.#pack < this.#everyPacks) return
    this.#running = true
    void this.#take()
      .catch((error: unknown) => {
        this.#nextAt = performance.now() + RETRY_MS
        this.#log.warn({ err: error, ...this.#ref }, 'a snapshot failed; the next one is tried later')
        return false
      })
      .then((stands) => {
        this.#running = false
        // What was committed meanwhile may be enough for the next one, and no further commit need come.
        if (stands) this.takeIfDue()
      })
  }

  /** Entries are taken while commits go on; the head is published (true) once every pack in them stands and is released. */
  async #take(): Promise<boolean> {
    const subject = this.#subject
    const start = {
      pack: subject.committed(),
      digest: Buffer.from(subject.digest()).toString('base64'),
    }
    const generation = subject.term() * 2 ** 32 + (start.pack % 2 ** 32)
    const wanted = () => !subject.over() && subject.leaseValid()
    const written = await this.#snapshots.writePages(generation, subject.entries(), wanted)
    if (written === null) return false
    const covered = subject.planned()
    while (subject.committed() < covered || !subject.released(covered)) {
      await new Promise((resolve) => setTimeout(resolve, RELEASE_POLL_MS))
      if (subject.over()) return false
    }
    if (!subject.leaseValid()) return false
    await this.#snapshots.publishHead({ generation, ...start }, written)
    this.#pack = start.pack
    snapshotGauge.set({ kind: this.#ref.kind, partition: this.#ref.partition }, start.pack)
    await this.#taken(start.pack)
    return true
  }
}
