import { decodePack, digestOf, encodePack, NO_DIGEST, PackChain } from '../../../shared/fabric/pack.ts'
import type { TenureInfo } from '../../../shared/fabric/partition-log/machine.ts'
import { type Bundled, decodeBundled } from '../../../shared/fabric/wire/bundle.ts'
import { decodeEdgeBatch, type EdgeBatch } from '../../../shared/fabric/wire/edge-batch.ts'
import { decodeSyncRecord, type SyncRecord } from '../../../shared/fabric/wire/sync-record.ts'
import { createLog } from '../../../shared/log/log.ts'
import { unavailable } from '../../../shared/protocol/errors.ts'
import type { EdgeId } from '../../../shared/protocol/ids.ts'
import type { SyncCommand } from './commands.ts'
import { DEFAULT_SYNC_LIMITS, type SyncLimits } from './limits.ts'
import { SyncMachine } from './machine.ts'

type Snapshot = { readonly pack: number; readonly digest: Uint8Array; readonly entries: string[] }
type InFlight = { readonly bytes: Uint8Array; readonly callbacks: (() => void)[] }

/**
 * A SYNC partition for tests, without NATS: the log, the snapshots and the steps of an owner's tenure, each taken when
 * the test says so, so that anything can happen in the midst of a commit.
 */
export class Harness {
  readonly packs: Uint8Array[] = []
  readonly batches: { readonly edge: EdgeId; readonly batch: EdgeBatch }[] = []
  readonly answers: { readonly logPartition: number; readonly term: number; readonly bundled: Bundled }[] = []
  readonly lineage: number
  valid = true
  clock = 0
  machine: SyncMachine
  #term = 0
  #queue: SyncCommand[] = []
  #inFlight: InFlight | null = null
  #snapshot: Snapshot = { pack: 0, digest: NO_DIGEST, entries: [] }
  #taking: { readonly snapshot: Snapshot; readonly covered: number } | null = null
  readonly #limits: SyncLimits

  constructor({ lineage = 42, limits = {} }: { lineage?: number; limits?: Partial<SyncLimits> } = {}) {
    this.lineage = lineage
    this.#limits = { ...DEFAULT_SYNC_LIMITS, ...limits }
    this.machine = this.#takeOver()
  }

  get term(): number {
    return this.#term
  }

  submit(command: SyncCommand): void {
    if (this.machine.hasRoom()) this.#queue.push(command)
    else this.machine.refuse(command, unavailable('full'))
  }

  /** Plans all that is queued into a pack; what needed no record is done at once, as in a tenure. */
  startCommit(): void {
    if (this.#inFlight !== null || this.#queue.length === 0) return
    const records: Uint8Array[] = []
    const callbacks: (() => void)[] = []
    const number = this.packs.length + 1
    const plan = {
      number,
      lineage: this.lineage,
      now: 1_700_000_000_000,
      add: (record: Uint8Array) => records.push(record) - 1,
      committed: (callback: () => void) => callbacks.push(callback),
    }
    for (const command of this.#queue) this.machine.plan(command, plan)
    this.#queue = []
    this.#inFlight = { bytes: this.#seal('records', records), callbacks }
    if (records.length === 0) this.#done(this.#inFlight)
  }

  finishCommit(): void {
    if (this.#inFlight === null) return
    this.packs.push(this.#inFlight.bytes)
    this.#done(this.#inFlight)
    this.#publishSnapshot()
  }

  commit(): void {
    this.finishCommit()
    this.startCommit()
    this.finishCommit()
  }

  /** Kills the owner, and another takes over; `stands`: whether the pack in flight came to stand. */
  crash(stands: boolean): void {
    if (this.#inFlight !== null && stands) this.packs.push(this.#inFlight.bytes)
    this.machine.end()
    this.#inFlight = null
    this.#taking = null
    this.#queue = []
    this.machine = this.#takeOver()
  }

  /** Takes a snapshot now, in the midst of a commit too; it counts once the store holds all that is in it. */
  takeSnapshot(): void {
    const newest = this.packs.at(-1)
    const pack = this.packs.length
    const entries = [...this.machine.snapshot()].map((entry) => JSON.stringify(entry))
    const digest = newest === undefined ? NO_DIGEST : digestOf(newest)
    this.#taking = { snapshot: { pack, digest, entries }, covered: this.#planned() }
  }

  confirm(pack: number): void {
    this.machine.confirm(Math.min(pack, this.packs.length))
    this.#publishSnapshot()
  }

  /** Every record of the log, in order. */
  records(): SyncRecord[] {
    return this.packs.flatMap((bytes) => {
      const pack = decodePack(bytes)
      return pack.kind === 'take-over' ? [] : pack.records.map(decodeSyncRecord)
    })
  }

  #done({ callbacks }: InFlight): void {
    this.#inFlight = null
    for (const callback of callbacks) callback()
    this.machine.flush()
  }

  #publishSnapshot(): void {
    const taking = this.#taking
    if (taking === null || this.packs.length < taking.covered || !this.machine.released(taking.covered))
      return
    this.#snapshot = taking.snapshot
    this.#taking = null
  }

  #planned(): number {
    return this.packs.length + (this.#inFlight === null ? 0 : 1)
  }

  #seal(kind: 'take-over' | 'records', records: Uint8Array[]): Uint8Array {
    const newest = this.packs.at(-1)
    return encodePack({
      kind,
      lineage: this.lineage,
      number: this.packs.length + 1,
      previous: newest === undefined ? NO_DIGEST : digestOf(newest),
      term: this.#term,
      at: 1_700_000_000_000,
      meta: this.machine.meta(),
      records,
    })
  }

  #takeOver(): SyncMachine {
    this.#term++
    this.machine = new SyncMachine({
      partition: 0,
      limits: this.#limits,
      outlet: {
        toEdge: (edge, bytes) => this.batches.push({ edge, batch: decodeEdgeBatch(bytes) }),
        toLogOwner: (logPartition, term, bytes) =>
          this.answers.push({ logPartition, term, bundled: decodeBundled(bytes) }),
      },
      now: () => this.clock,
      open: () => () => {},
      submit: (command) => this.submit(command),
      log: createLog('test', 'silent'),
    })
    for (const entry of this.#snapshot.entries) this.machine.restore(JSON.parse(entry))
    for (const bytes of this.packs.slice(0, this.#snapshot.pack)) this.machine.recall(decodePack(bytes))
    const chain = new PackChain(this.#snapshot.pack, this.#snapshot.digest)
    for (let i = this.#snapshot.pack; i < this.packs.length; i++) this.#replay(chain, i)
    this.packs.push(this.#seal('take-over', []))
    this.#replay(chain, this.packs.length - 1)
    this.machine.begin(this.#info())
    return this.machine
  }

  #replay(chain: PackChain, index: number): void {
    const bytes = this.packs[index]
    if (bytes !== undefined) this.machine.replay(chain.next(index + 1, bytes))
  }

  #info(): TenureInfo {
    return {
      partition: 0,
      lineage: this.lineage,
      term: this.#term,
      committed: () => this.packs.length,
      planned: () => this.#planned(),
      valid: () => this.valid,
    }
  }
}
