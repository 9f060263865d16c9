import { setTimeout as pause } from 'node:timers/promises'
import type { KV } from '@nats-io/kv'
import { Lease, leaseKvm } from '../../shared/fabric/partition-log/lease.ts'
import { Peers } from '../../shared/fabric/partition-log/peers.ts'
import { buckets, OWNER_SERVICE, subjects } from '../../shared/fabric/registry.ts'
import type { WorkerId } from '../../shared/protocol/ids.ts'
import type { PresenceContext } from './context.ts'
import { People } from './machine/people.ts'
import { openSubjects } from './subjects/index.ts'

const TRY_LEASE_MS = 250
const RETRY_LAST_MS = 5_000

type Held = { readonly end: () => void }

/**
 * This worker's share of the presence partitions, by leases alone: there is no log, since all that an owner knows are the
 * edges' own words, and they tell it anew to whoever owns the partition next.
 */
export class PresencePartitions {
  readonly #context: PresenceContext
  readonly #worker: WorkerId
  readonly #leases: KV
  readonly #peers: Peers
  readonly #claimed = new Set<number>()
  readonly #held = new Map<number, Held>()
  readonly #stopping = new AbortController()
  readonly #loops: Promise<void>[] = []

  private constructor(context: PresenceContext, worker: WorkerId, leases: KV, peers: Peers) {
    this.#context = context
    this.#worker = worker
    this.#leases = leases
    this.#peers = peers
    peers.onLook = () => this.#handOverSurplus()
  }

  static async start(context: PresenceContext, worker: WorkerId): Promise<PresencePartitions> {
    const { region } = context.fabric
    const kvm = leaseKvm(context.fabric)
    const workers = await kvm.open(buckets.workers(region))
    const leases = await kvm.open(buckets.leases(region))
    const peers = await Peers.start(workers, OWNER_SERVICE.presence, worker, context.log)
    const partitions = new PresencePartitions(context, worker, leases, peers)
    for (let partition = 0; partition < context.directory.partitions.sync; partition++)
      partitions.#loops.push(partitions.#serve(partition))
    return partitions
  }

  async drain(): Promise<void> {
    this.#stopping.abort()
    await this.#peers.leave()
    for (const held of this.#held.values()) held.end()
    await Promise.all(this.#loops)
    this.#peers.stop()
  }

  async #serve(partition: number): Promise<void> {
    const { log } = this.#context
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      const lease = await this.#take(partition)
      if (lease === null) {
        await this.#pause(TRY_LEASE_MS * (0.5 + Math.random()))
        continue
      }
      try {
        await this.#hold(partition, lease)
        failures = 0
      } catch (error) {
        log.warn({ err: error, partition }, 'a presence partition could not be taken over; trying again')
        await this.#pause(Math.min(RETRY_LAST_MS, TRY_LEASE_MS * 2 ** failures++) * Math.random())
      } finally {
        await lease.release()
        this.#claimed.delete(partition)
      }
    }
  }

  async #take(partition: number): Promise<Lease | null> {
    if (this.#claimed.size >= this.#peers.shareOf(this.#context.directory.partitions.sync)) return null
    this.#claimed.add(partition)
    let lease: Lease | null = null
    try {
      lease = await Lease.take(this.#leases, `presence.${partition}`, this.#worker, this.#context.log)
    } catch (error) {
      this.#context.log.debug({ err: error, partition }, 'no lease just now')
    }
    if (lease === null) this.#claimed.delete(partition)
    return lease
  }

  async #hold(partition: number, lease: Lease): Promise<void> {
    const { fabric, directory, config, lastSeen, log } = this.#context
    const { post, region } = fabric
    // Higher than every term before, whatever the clocks of the workers say.
    const term = Math.max(Date.now(), (directory.term('presence', partition) ?? 0) + 1)
    const people = new People({
      partition,
      term,
      config,
      lastSeen,
      valid: () => lease.valid() && fabric.connected(),
      toEdge: (edge, bytes) => post.send(subjects.presenceOut(region, edge), bytes),
    })
    const close = openSubjects({ ...this.#context, partition, term, people })
    try {
      await fabric.nc.flush()
      await lease.announce(term)
      log.info({ partition, term }, 'serving a presence partition')
      const ended = new Promise<void>((resolve) => this.#held.set(partition, { end: resolve }))
      if (!this.#stopping.signal.aborted) await Promise.race([lease.lost, ended])
    } finally {
      this.#held.delete(partition)
      close()
    }
  }

  /** A new worker gets its share: one partition at a time, the highest first. */
  #handOverSurplus(): void {
    if (this.#held.size <= this.#peers.shareOf(this.#context.directory.partitions.sync)) return
    this.#held.get(Math.max(...this.#held.keys()))?.end()
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping
    await pause(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
