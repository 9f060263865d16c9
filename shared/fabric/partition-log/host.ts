import type { KV } from '@nats-io/kv'
import type { Log } from '../../log/log.ts'
import { counter, gauge } from '../../metrics/metrics.ts'
import type { WorkerId } from '../../protocol/ids.ts'
import type { Fabric } from '../connection.ts'
import { LogDamage } from '../pack.ts'
import { buckets, type LogKind, OWNER_SERVICE, type PartitionRef } from '../registry.ts'
import { partitionRefs } from '../setup.ts'
import { Lease, leaseKvm } from './lease.ts'
import type { PartitionMachine } from './machine.ts'
import { Marks } from './marks.ts'
import { PackStream } from './pack-stream.ts'
import { Peers } from './peers.ts'
import { Snapshots } from './snapshots.ts'
import { DEFAULT_TENURE_LIMITS, Tenure, type TenureLimits } from './tenure.ts'
import { Trimming } from './trim.ts'

const TRY_LEASE_MS = 250
const RETRY_FIRST_MS = 100
const RETRY_LAST_MS = 5_000
/** A damaged log needs an operator; it is looked at again this often (ms). */
const RETRY_DAMAGED_MS = 30_000
const DAY_MS = 24 * 60 * 60 * 1000

const damaged = gauge('weft_log_damaged', '1 while a partition is stopped because its log is damaged', [
  'kind',
  'partition',
])
const tenures = counter('weft_tenures_total', 'Take-overs of partitions by this process', ['kind'])

export type HostOptions<Command> = {
  readonly fabric: Fabric
  readonly kind: LogKind
  readonly partitions: number
  readonly worker: WorkerId
  readonly makeMachine: (ref: PartitionRef, submit: (command: Command) => void) => PartitionMachine<Command>
  readonly accepting?: () => string | null
  readonly limits?: Partial<TenureLimits>
  readonly log: Log
}

/** Keeps this worker's share of a kind's partitions: takes leases, serves, hands over, and begins anew after any end. */
export class PartitionHost<Command> {
  readonly #options: HostOptions<Command>
  readonly #leases: KV
  readonly #peers: Peers
  /** What this process knows to have been acked, across tenures. */
  readonly #marks = new Map<number, Marks>()
  readonly #held = new Map<number, Tenure<Command>>()
  readonly #claimed = new Set<number>()
  readonly #loops: Promise<void>[] = []
  readonly #stopping = new AbortController()

  private constructor(options: HostOptions<Command>, leases: KV, peers: Peers) {
    this.#options = options
    this.#leases = leases
    this.#peers = peers
    peers.onLook = () => this.#handOverSurplus()
  }

  static async start<Command>(options: HostOptions<Command>): Promise<PartitionHost<Command>> {
    const { fabric, kind, partitions } = options
    const kvm = leaseKvm(fabric)
    const leases = await kvm.open(buckets.leases(fabric.region))
    const workers = await kvm.open(buckets.workers(fabric.region))
    const peers = await Peers.start(workers, OWNER_SERVICE[kind], options.worker, options.log)
    const host = new PartitionHost(options, leases, peers)
    for (const ref of partitionRefs(fabric.region, kind, partitions)) host.#loops.push(host.#serve(ref))
    return host
  }

  /** The tenures that serve just now. */
  tenure(partition: number): Tenure<Command> | undefined {
    return this.#held.get(partition)
  }

  /** Gives back every partition once what it was committing stands. */
  async drain(): Promise<void> {
    this.#stopping.abort()
    await this.#peers.leave()
    await Promise.all([...this.#held.values()].map((tenure) => tenure.drain()))
    await Promise.all(this.#loops)
    this.#peers.stop()
  }

  async #serve(ref: PartitionRef): Promise<void> {
    const { log } = this.#options
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      const lease = await this.#takeLease(ref)
      if (lease === null) {
        await this.#pause(TRY_LEASE_MS * (0.5 + Math.random()))
        continue
      }
      try {
        await this.#hold(ref, lease)
        failures = 0
        await this.#pause(RETRY_FIRST_MS * Math.random())
      } catch (error) {
        failures++
        const isDamage = error instanceof LogDamage
        damaged.set({ kind: ref.kind, partition: ref.partition }, isDamage ? 1 : 0)
        if (isDamage) {
          log.error(
            { err: error, ...ref },
            'ALARM: this partition’s log is damaged and is not served. Repair: stop the NATS node whose replica is ' +
              'damaged, delete that stream’s folder in its store, start it again and let it resync from the others',
          )
        } else {
          log.warn({ err: error, ...ref }, 'a partition could not be taken over; trying again')
        }
        await lease.release()
        const backoff = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** failures) * Math.random()
        await this.#pause(isDamage ? RETRY_DAMAGED_MS : backoff)
      } finally {
        this.#claimed.delete(ref.partition)
      }
    }
  }

  async #hold(ref: PartitionRef, lease: Lease): Promise<void> {
    const { fabric, makeMachine, worker, limits, accepting, log } = this.#options
    const allLimits = { ...DEFAULT_TENURE_LIMITS, ...limits }
    const trimming = new Trimming(fabric, ref, allLimits.logKeepDays * DAY_MS, log)
    const tenure = new Tenure<Command>({
      ref,
      stream: new PackStream(fabric, ref),
      snapshots: new Snapshots(fabric, ref),
      marks: this.#marksOf(ref),
      trim: (snapshotPack) => trimming.snapshotStands(snapshotPack),
      makeMachine: (submit) => makeMachine(ref, submit),
      lease,
      worker,
      limits: allLimits,
      accepting: accepting ?? (() => null),
      log,
    })
    try {
      const term = await tenure.takeOver()
      this.#held.set(ref.partition, tenure)
      damaged.set({ kind: ref.kind, partition: ref.partition }, 0)
      tenures.inc({ kind: ref.kind })
      // The machine's subscriptions have to stand at the server before anyone is told to use them.
      await fabric.nc.flush()
      await lease.announce(term)
      log.info({ ...ref, term }, 'serving a partition')
      if (this.#stopping.signal.aborted) await tenure.drain()
      await tenure.ended
    } finally {
      this.#held.delete(ref.partition)
      await tenure.drain()
      await lease.release()
    }
  }

  #marksOf(ref: PartitionRef): Marks {
    const known = this.#marks.get(ref.partition) ?? new Marks(this.#options.fabric, ref, this.#options.log)
    this.#marks.set(ref.partition, known)
    return known
  }

  async #takeLease(ref: PartitionRef): Promise<Lease | null> {
    if (this.#claimed.size >= this.#share()) return null
    this.#claimed.add(ref.partition)
    try {
      const lease = await Lease.take(
        this.#leases,
        `${ref.kind}.${ref.partition}`,
        this.#options.worker,
        this.#options.log,
      )
      if (lease === null) this.#claimed.delete(ref.partition)
      return lease
    } catch (error) {
      this.#claimed.delete(ref.partition)
      this.#options.log.debug({ err: error, ...ref }, 'no lease just now')
      return null
    }
  }

  #share(): number {
    return this.#peers.shareOf(this.#options.partitions)
  }

  /** A new worker gets its share: one partition at a time, the highest first. */
  #handOverSurplus(): void {
    if (this.#held.size <= this.#share()) return
    const surplus = Math.max(...this.#held.keys())
    void this.#held.get(surplus)?.drain()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#stopping.signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#stopping.signal.addEventListener('abort', wake)
    })
  }
}
