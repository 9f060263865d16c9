import type { KV, KvEntry } from '@nats-io/kv'
import { z } from 'zod'
import type { Log } from '../log/log.ts'
import { workerIdSchema } from '../protocol/ids.ts'
import { type Call, type CallOptions, callAt, fromJson } from './call.ts'
import type { Fabric } from './connection.ts'
import { evenSlots, partitionOf, type SlotTable } from './hash.ts'
import { buckets, type LogKind, type OwnerKind, subjects } from './registry.ts'
import { LEASE_SILENCE_MS, watchForever } from './watch.ts'

/** What stands in a partition's lease. Calls go to active owners only. */
export const leaseShape = z.object({
  worker: workerIdSchema,
  term: z.number().int().min(0),
  state: z.enum(['taking-over', 'active']),
})
export type LeaseValue = z.infer<typeof leaseShape>

export const metaShape = z.object({ partitions: z.object({ log: z.number().int(), sync: z.number().int() }) })

type Listener = (kind: OwnerKind, partition: number, term: number) => void

/** What is known of the fabric, shared by a directory and its traced views. */
type Known = {
  readonly partitions: { readonly log: number; readonly sync: number }
  readonly slots: { readonly log: SlotTable; readonly sync: SlotTable }
  readonly terms: Map<string, number>
  readonly listeners: Set<Listener>
}

/** Who owns which partition, kept up to date from the leases. The highest term that was seen counts. */
export class Directory {
  readonly #fabric: Fabric
  readonly #log: Log
  readonly #known: Known
  readonly #trace: string | undefined
  #stop: () => void = () => {}

  private constructor(fabric: Fabric, log: Log, known: Known, trace?: string) {
    this.#fabric = fabric
    this.#log = log
    this.#known = known
    this.#trace = trace
  }

  /** Call after `ensureFabric`. Resolves once the present owners are known. */
  static async open(fabric: Fabric, log: Log): Promise<Directory> {
    const meta = await (await fabric.kvm.open(buckets.meta(fabric.region))).get('slots')
    if (meta === null) throw new Error('the fabric was never set up: its slot table is missing')
    const { partitions } = metaShape.parse(fromJson(meta.value))
    const slots = { log: evenSlots(partitions.log), sync: evenSlots(partitions.sync) }
    const directory = new Directory(fabric, log, {
      partitions,
      slots,
      terms: new Map(),
      listeners: new Set(),
    })
    await directory.#watch(await fabric.kvm.open(buckets.leases(fabric.region)))
    return directory
  }

  /** The same directory, whose calls are hops of the given trace (a traceparent) unless they name another. */
  traced(trace: string): Directory {
    return new Directory(this.#fabric, this.#log, this.#known, trace)
  }

  get partitions(): { readonly log: number; readonly sync: number } {
    return this.#known.partitions
  }

  partitionOf(kind: OwnerKind, id: string): number {
    return partitionOf(this.#known.slots[kind === 'log' ? 'log' : 'sync'], id)
  }

  /** The term of the partition's newest active owner; undefined while there was none yet. */
  term(kind: OwnerKind, partition: number): number | undefined {
    return this.#known.terms.get(`${kind}.${partition}`)
  }

  /** Told when a partition has a new owner. Returns the way to stop listening. */
  onOwner(listener: Listener): () => void {
    this.#known.listeners.add(listener)
    return () => this.#known.listeners.delete(listener)
  }

  /** Asks the owner of the partition that `id` belongs to. */
  callOwner<Request, Response>(
    call: Call<Request, Response>,
    kind: LogKind,
    id: string,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    return this.callPartition(call, kind, this.partitionOf(kind, id), request, options)
  }

  callPartition<Request, Response>(
    call: Call<Request, Response>,
    kind: LogKind,
    partition: number,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    const subjectNow = () => {
      const term = this.term(kind, partition)
      return term === undefined
        ? undefined
        : subjects.ownerCall({ region: this.#fabric.region, kind, partition }, term, call.name)
    }
    return callAt(this.#fabric, call, subjectNow, request, this.#optionsOf(options))
  }

  callStorage<Request, Response>(
    call: Call<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    return callAt(
      this.#fabric,
      call,
      () => subjects.storageCall(this.#fabric.region, call.name),
      request,
      this.#optionsOf(options),
    )
  }

  close(): void {
    this.#stop()
  }

  #optionsOf(options: CallOptions = {}): CallOptions {
    return this.#trace === undefined ? options : { trace: this.#trace, ...options }
  }

  async #watch(leases: KV): Promise<void> {
    const follow = (entry: KvEntry) => {
      if (entry.operation !== 'PUT') return
      const lease = leaseShape.parse(entry.json())
      if (lease.state === 'active') this.#learn(entry.key, lease.term)
    }
    this.#stop = await watchForever(leases, ['log.*', 'sync.*', 'presence.*'], follow, this.#log, {
      silenceMs: LEASE_SILENCE_MS,
    })
  }

  #learn(key: string, term: number): void {
    if (term <= (this.#known.terms.get(key) ?? -1)) return
    this.#known.terms.set(key, term)
    const [kind, partition] = key.split('.')
    for (const listener of this.#known.listeners)
      listener(kind === 'log' || kind === 'sync' ? kind : 'presence', Number(partition), term)
  }
}
