import { randomInt } from 'node:crypto'
import type { Log } from '../../log/log.ts'
import { unavailable, type WeftError } from '../../protocol/errors.ts'
import type { WorkerId } from '../../protocol/ids.ts'
import { digestOf, encodePack, LogDamage, NO_DIGEST, type Pack, PackChain } from '../pack.ts'
import { MAX_MESSAGE_BYTES, type PartitionRef } from '../registry.ts'
import { CommandQueue } from './command-queue.ts'
import { commit } from './commit.ts'
import type { Lease } from './lease.ts'
import { MAX_RECORD_BYTES, type PackPlan, type PartitionMachine, type TenureInfo } from './machine.ts'
import type { Mark, Marks } from './marks.ts'
import type { PackStream } from './pack-stream.ts'
import { packsToRecall } from './recall.ts'
import type { Snapshots } from './snapshots.ts'
import {
  commitSeconds,
  commits,
  ownedGauge,
  packBytes,
  packRecords,
  refused,
  takeOverSeconds,
} from './tenure-metrics.ts'
import { TenureSnapshots } from './tenure-snapshots.ts'

export type TenureLimits = {
  /** Commands that may wait for a commit; more are refused. */
  readonly maxQueued: number
  /** How long a command may have to wait for its commit (ms), by the pace of the last ones; more are refused. */
  readonly maxWaitMs: number
  /** A snapshot is begun after so many packs. */
  readonly snapshotEveryPacks: number
  /** Packs that a take-over may have to read; beyond, sends answer `unavailable` until a snapshot stands. */
  readonly maxReplayPacks: number
  /** Packs stay in the log for so many days, even if nobody will ask for them. */
  readonly logKeepDays: number
}

export const DEFAULT_TENURE_LIMITS: TenureLimits = {
  maxQueued: 20_000,
  maxWaitMs: Number.POSITIVE_INFINITY,
  snapshotEveryPacks: 2_000,
  maxReplayPacks: 20_000,
  logKeepDays: 3,
}

/** What commands may add to a pack; the rest of a message is for its header and its records' lengths. */
const PACK_BYTES = MAX_MESSAGE_BYTES - 64 * 1024
const STUCK_AFTER_MS = 10_000
const LINEAGE_BITS = 47

/** What a tenure needs of its lease: nothing that it does may rest on the lease being true. */
export type Leasehold = Pick<Lease, 'valid' | 'lost'>

type PlannedPack<Command> = {
  readonly records: readonly Uint8Array[]
  readonly callbacks: readonly (() => void)[]
  /** The commands that are answered by what comes of the pack. */
  readonly waiting: readonly Command[]
}

/** One owner's time with a partition: take-over, commits one after the other, snapshots, the end. */
export class Tenure<Command> {
  /** Settles when the tenure is over. */
  readonly ended: Promise<void>
  readonly #ref: PartitionRef
  readonly #stream: PackStream
  readonly #snapshots: Snapshots
  readonly #marks: Marks
  readonly #machine: PartitionMachine<Command>
  readonly #lease: Leasehold
  readonly #worker: WorkerId
  readonly #limits: TenureLimits
  readonly #accepting: () => string | null
  readonly #snapshotting: TenureSnapshots
  readonly #log: Log
  readonly #queue = new CommandQueue<Command>()
  #term = 0
  #lineage = 0
  #committed = 0
  #planned = 0
  #digest: Uint8Array = NO_DIGEST
  #serving = false
  #draining = false
  #over = false
  #pumping = false
  #end: () => void = () => {}

  constructor(options: {
    readonly ref: PartitionRef
    readonly stream: PackStream
    readonly snapshots: Snapshots
    /** Outlives the tenure: what this process knows to stand is still known in its next one. */
    readonly marks: Marks
    /** Told after each snapshot: what lies before it and is old enough may go. */
    readonly trim: (snapshotPack: number) => Promise<void>
    readonly makeMachine: (submit: (command: Command) => void) => PartitionMachine<Command>
    readonly lease: Leasehold
    readonly worker: WorkerId
    readonly limits: TenureLimits
    /** Null, or why nothing may be accepted just now (the disk is nearly full, say). */
    readonly accepting: () => string | null
    readonly log: Log
  }) {
    this.#ref = options.ref
    this.#stream = options.stream
    this.#snapshots = options.snapshots
    this.#marks = options.marks
    this.#lease = options.lease
    this.#worker = options.worker
    this.#limits = options.limits
    this.#accepting = options.accepting
    this.#log = options.log
    this.#machine = options.makeMachine((command) => this.submit(command))
    this.#snapshotting = new TenureSnapshots({
      ref: options.ref,
      snapshots: options.snapshots,
      everyPacks: options.limits.snapshotEveryPacks,
      subject: {
        term: () => this.#term,
        committed: () => this.#committed,
        planned: () => this.#planned,
        digest: () => this.#digest,
        over: () => this.#over,
        leaseValid: () => this.#lease.valid(),
        entries: () => this.#machine.snapshot(),
        released: (pack) => this.#machine.released(pack),
      },
      taken: options.trim,
      log: options.log,
    })
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    void this.#lease.lost.then(() => this.#finish('the lease is over'))
  }

  /**
   * Reads the newest snapshot and the packs after it, commits a take-over pack on top, and serves. Ends in this order
   * whatever others do: the take-over pack only stands if nobody wrote since the last pack that was read.
   * @throws LogDamage if the log isn't what its owners wrote.
   */
  async takeOver(): Promise<number> {
    const timer = takeOverSeconds.startTimer({ kind: this.#ref.kind })
    const chain = await this.#restore()
    // Before the log's end is read: whatever is marked by now has to be found there.
    const mark = await this.#marks.highest()
    if (mark !== null) this.#compare(mark, chain)
    let last: Pack | null = null
    for (;;) {
      if (!this.#lease.valid()) throw unavailable('the lease ran out during the take-over')
      const newest = await this.#stream.last()
      if ((newest?.sequence ?? 0) < chain.number)
        throw new LogDamage(
          `${this.#stream.name} ends at ${newest?.sequence ?? 0}, but a snapshot covers ${chain.number}`,
        )
      if ((newest?.sequence ?? 0) < (mark?.pack ?? 0))
        throw new LogDamage(
          `${this.#stream.name} ends at ${newest?.sequence ?? 0}, but pack ${mark?.pack} was acked: its tail is gone`,
        )
      if (newest !== null) {
        for await (const { sequence, bytes } of this.#stream.read(chain.number + 1, newest.sequence)) {
          last = chain.next(sequence, bytes)
          if (mark !== null) this.#compare(mark, chain)
          this.#machine.replay(last)
        }
        if (last === null) {
          last = new PackChain(newest.sequence - 1, null).next(newest.sequence, newest.bytes)
          if (!Buffer.from(digestOf(newest.bytes)).equals(chain.digest))
            throw new LogDamage(
              `pack ${newest.sequence} of ${this.#stream.name} isn't the one that its snapshot covers`,
            )
        }
      }
      this.#term = (last?.term ?? 0) + 1
      this.#lineage = last?.lineage ?? randomInt(1, 2 ** LINEAGE_BITS)
      this.#committed = this.#planned = chain.number
      this.#digest = chain.digest
      await this.#machine.checkEnd?.({ lineage: this.#lineage, pack: chain.number })
      const bytes = this.#seal('take-over', [Buffer.from(JSON.stringify({ worker: this.#worker }))])
      const outcome = await commit(this.#stream, bytes, this.#committed, () => this.#lease.valid())
      if (outcome.kind === 'conflict') continue
      if (outcome.kind === 'not-written')
        throw unavailable(`${this.#stream.name} takes nothing: ${outcome.why}`)
      if (outcome.kind === 'unknown' || !this.#lease.valid())
        throw unavailable('the lease ran out during the take-over')
      // The machine sees its own take-over pack as it would have to at the next one.
      this.#machine.replay(chain.next(this.#committed + 1, bytes))
      this.#committed = this.#planned = chain.number
      this.#digest = chain.digest
      this.#marks.committed(this.#committed, this.#digest)
      break
    }
    this.#serving = true
    ownedGauge.set({ kind: this.#ref.kind, partition: this.#ref.partition }, 1)
    this.#machine.begin(this.#info())
    timer()
    this.#snapshotting.takeIfDue()
    return this.#term
  }

  get term(): number {
    return this.#term
  }

  submit(command: Command): void {
    const why = this.#whyRefuse()
    if (why !== null) {
      refused.inc({ kind: this.#ref.kind })
      // A stale owner is silent, even in refusing.
      if (!this.#over && this.#lease.valid()) this.#machine.refuse(command, why)
      return
    }
    this.#queue.push(command)
    if (this.#pumping) return
    this.#pumping = true
    // At the end of this turn, so that what arrived together is committed together.
    queueMicrotask(() => void this.#pump())
  }

  /** Takes nothing more, commits what it has, and ends. The caller gives the lease back. */
  async drain(): Promise<void> {
    this.#draining = true
    if (!this.#pumping) this.#finish('handed over')
    await this.ended
    await this.#marks.flush()
  }

  #whyRefuse(): WeftError | null {
    if (this.#over || !this.#serving || this.#draining) return unavailable('this partition is changing hands')
    const { maxQueued, maxWaitMs } = this.#limits
    if (this.#queue.length >= maxQueued || this.#queue.waitMs > maxWaitMs || !this.#machine.hasRoom())
      return unavailable('more is coming in than can be made durable')
    if (this.#planned - this.#snapshotting.pack > this.#limits.maxReplayPacks) {
      // Commits stand still now, so nothing else would begin the snapshot that lets them go on.
      this.#snapshotting.takeIfDue()
      return unavailable('the store is too far behind')
    }
    const full = this.#accepting()
    return full === null ? null : unavailable(full, 5)
  }

  #info(): TenureInfo {
    return {
      partition: this.#ref.partition,
      lineage: this.#lineage,
      term: this.#term,
      committed: () => this.#committed,
      planned: () => this.#planned,
      valid: () => !this.#over && this.#lease.valid(),
    }
  }

  /** @throws LogDamage if the chain stands at the marked pack and that is another one. */
  #compare(mark: Mark, chain: PackChain): void {
    if (chain.number !== mark.pack || Buffer.from(chain.digest).toString('base64') === mark.digest) return
    throw new LogDamage(`pack ${mark.pack} of ${this.#stream.name} isn't the one that was acked`)
  }

  async #restore(): Promise<PackChain> {
    const head = await this.#snapshots.head()
    if (head === null) return new PackChain(0, NO_DIGEST)
    for await (const entry of this.#snapshots.entries(head)) this.#machine.restore(entry)
    this.#snapshotting.restored(head.pack)
    const covered = { pack: head.pack, digest: Buffer.from(head.digest, 'base64') }
    if (this.#machine.recall !== undefined) {
      const warn = (error: LogDamage) =>
        this.#log.warn(
          { err: error, ...this.#ref },
          'packs before the snapshot are damaged; less is recalled',
        )
      for (const pack of await packsToRecall(this.#stream, covered, warn)) this.#machine.recall(pack)
    }
    return new PackChain(covered.pack, covered.digest)
  }

  /** Commits what is queued, one pack after the other, until nothing is left. */
  async #pump(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !this.#over) {
        if (!this.#lease.valid()) return this.#finish('the lease is over')
        const plan = this.#plan()
        if (plan.records.length > 0 && !(await this.#commit(plan))) return
        if (!this.#lease.valid()) return this.#finish('the lease is over')
        for (const callback of plan.callbacks) callback()
        this.#machine.flush()
      }
    } catch (error) {
      this.#log.error({ err: error, ...this.#ref }, 'a partition failed unexpectedly; it is taken over anew')
      this.#finish('it failed')
    } finally {
      this.#pumping = false
      if (this.#draining) this.#finish('handed over')
    }
    this.#snapshotting.takeIfDue()
  }

  #plan(): PlannedPack<Command> {
    const waiting: Command[] = []
    const records: Uint8Array[] = []
    const callbacks: (() => void)[] = []
    let bytes = 0
    this.#planned = this.#committed + 1
    const plan: PackPlan = {
      number: this.#planned,
      lineage: this.#lineage,
      now: Date.now(),
      add: (record) => {
        if (record.length > MAX_RECORD_BYTES) throw new RangeError(`a record of ${record.length} bytes`)
        bytes += record.length
        if (bytes > MAX_MESSAGE_BYTES) throw new RangeError(`a pack of ${bytes} bytes`)
        return records.push(record) - 1
      },
      committed: (callback) => callbacks.push(callback),
    }
    this.#queue.takeWhile((command) => {
      if (bytes > 0 && bytes + this.#machine.weigh(command) > PACK_BYTES) return false
      const answeredAtOnce = records.length + callbacks.length
      this.#machine.plan(command, plan)
      if (records.length + callbacks.length > answeredAtOnce) waiting.push(command)
      return true
    })
    if (records.length === 0) this.#planned = this.#committed
    return { records, callbacks, waiting }
  }

  /** True if the pack stands and may be spoken of. */
  async #commit({ records, waiting }: PlannedPack<Command>): Promise<boolean> {
    const { kind } = this.#ref
    const bytes = this.#seal('records', records)
    const timer = commitSeconds.startTimer({ kind })
    const stuck = setTimeout(() => {
      this.#log.error(
        { ...this.#ref, pack: this.#planned, stream: this.#stream.name },
        'a commit has had no clear answer for 10 s: look at the health of NATS and of this stream',
      )
    }, STUCK_AFTER_MS)
    const outcome = await commit(this.#stream, bytes, this.#committed, () => this.#lease.valid())
    clearTimeout(stuck)
    commits.inc({ kind, outcome: outcome.kind })
    if (outcome.kind !== 'committed') {
      // What was planned is in the machine's state but not in the log: the state goes, and a new tenure reads the log.
      this.#log.warn(
        { ...this.#ref, outcome },
        'a commit did not come to stand; the partition is taken over anew',
      )
      // Surely nothing of it was written, so its senders may be told; after the other outcomes only the log knows.
      if (outcome.kind === 'not-written' && !this.#over && this.#lease.valid())
        for (const command of waiting) this.#machine.refuse(command, unavailable(outcome.why))
      this.#finish(outcome.kind)
      return false
    }
    timer()
    packRecords.observe({ kind }, records.length)
    packBytes.inc({ kind }, bytes.length)
    this.#committed = this.#planned
    this.#digest = digestOf(bytes)
    this.#marks.committed(this.#committed, this.#digest)
    return !this.#over
  }

  #seal(kind: Pack['kind'], records: readonly Uint8Array[]): Uint8Array {
    return encodePack({
      kind,
      lineage: this.#lineage,
      number: this.#committed + 1,
      previous: this.#digest,
      term: this.#term,
      at: Date.now(),
      meta: this.#machine.meta(),
      records,
    })
  }

  #finish(why: string): void {
    if (this.#over) return
    this.#over = true
    ownedGauge.set({ kind: this.#ref.kind, partition: this.#ref.partition }, 0)
    // Answered only while this owner may still speak: after that, silence, and the edge's deadline tells the client.
    const waiting = this.#queue.takeAll()
    if (this.#lease.valid()) for (const command of waiting) this.#machine.refuse(command, unavailable(why))
    this.#machine.end()
    this.#log.info({ ...this.#ref, term: this.#term, why }, 'no longer serving a partition')
    this.#end()
  }
}
