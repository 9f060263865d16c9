import { setTimeout as pause } from 'node:timers/promises'
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import { toJson } from '../../../shared/fabric/call.ts'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import { LogDamage, NO_DIGEST, PackChain } from '../../../shared/fabric/pack.ts'
import { Lease } from '../../../shared/fabric/partition-log/lease.ts'
import { PackStream } from '../../../shared/fabric/partition-log/pack-stream.ts'
import { type PartitionRef, streams, subjects } from '../../../shared/fabric/registry.ts'
import { PROJECTION, SetupRefused } from '../../../shared/fabric/setup.ts'
import type { Log } from '../../../shared/log/log.ts'
import { counter, gauge, histogram } from '../../../shared/metrics/metrics.ts'
import type { WorkerId } from '../../../shared/protocol/ids.ts'
import type { Store } from '../store/store.ts'
import { lastOfStream } from './check-stream.ts'
import { GROUP_PACKS, PackGroup } from './pack-group.ts'
import type { Progress } from './progress.ts'
import type { Sweeper } from './sweeper.ts'

/** Packs asked for ahead; each has at most 512 KiB. */
const AHEAD_PACKS = 64
const TRY_LEASE_MS = 250
const RETRY_FIRST_MS = 50
const RETRY_LAST_MS = 5_000
/** What an operator has to repair is looked at again this often (ms). */
const RETRY_ALARM_MS = 30_000
/** The position is told, and the stream's end looked at, this often (ms): a consumer that stands still is noticed. */
const TICK_MS = 1_000

const stopped = gauge('weft_projection_stopped', '1 while a partition’s projection waits for a repair', [
  'kind',
  'partition',
])
const lag = gauge('weft_projection_lag_packs', 'Packs of a partition that the store lacks', [
  'kind',
  'partition',
])
const groups = counter('weft_projection_groups_total', 'Groups written to the store', ['kind'])
const groupSeconds = histogram('weft_projection_group_seconds', 'Time to write a group', ['kind'])
const failures = counter('weft_projection_failures_total', 'Groups that were tried again', ['kind'])

export type ProjectorOptions = {
  readonly fabric: Fabric
  readonly ref: PartitionRef
  readonly store: Store
  readonly leases: KV
  readonly worker: WorkerId
  readonly progress: Progress
  /** How long packs gather before they are written (ms). */
  readonly lingerMs: number
  /** What is done beside, for as long as this worker has the right to. */
  readonly sweeper: Sweeper | null
  readonly log: Log
}

/** Takes one partition's log into the store, for as long as it holds the right to, pack by pack and in order. */
export class Projector {
  readonly #options: ProjectorOptions
  readonly #stream: PackStream
  readonly #stopping = new AbortController()
  readonly #loop: Promise<void>
  #failures = 0

  constructor(options: ProjectorOptions) {
    this.#options = options
    this.#stream = new PackStream(options.fabric, options.ref)
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { leases, ref, worker, log } = this.#options
    const labels = { kind: ref.kind, partition: ref.partition }
    while (!this.#stopping.signal.aborted) {
      let lease: Lease | null = null
      try {
        lease = await Lease.take(leases, `project.${ref.kind}.${ref.partition}`, worker, log)
        if (lease === null) {
          // Another worker tells it now.
          lag.remove(labels)
          await this.#pause(TRY_LEASE_MS * (0.5 + Math.random()))
        } else await this.#project(lease)
      } catch (error) {
        if (!this.#stopping.signal.aborted) await this.#complain(error, labels)
      } finally {
        await lease?.release()
      }
    }
  }

  async #complain(error: unknown, labels: { kind: string; partition: number }): Promise<void> {
    const { log, ref } = this.#options
    if (error instanceof LogDamage || error instanceof SetupRefused) {
      stopped.set(labels, 1)
      log.error(
        { err: error, ...ref, stream: streams.pack(ref) },
        'ALARM: this partition is not taken into the store: its log is damaged. Repair: stop the NATS node whose ' +
          'replica is damaged, delete that stream’s folder in its store, start it again and let it resync',
      )
      await this.#pause(RETRY_ALARM_MS)
      return
    }
    failures.inc({ kind: ref.kind })
    log.warn({ err: error, ...ref }, 'a projection failed; it goes on from the stored position')
    await this.#pause(Math.random() * Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#failures++))
  }

  async #project(lease: Lease): Promise<void> {
    const { fabric, ref, store, progress, lingerMs } = this.#options
    const stored = await store.position(ref.kind, ref.partition)
    // Before anything was read the digest is known too: the first pack names none.
    const chain = new PackChain(stored?.pack ?? 0, stored?.digest ?? NO_DIGEST)
    const last = await lastOfStream(fabric, ref, chain.number)
    lag.set({ kind: ref.kind, partition: ref.partition }, last - chain.number)
    await this.#catchUp(chain, last, lease)
    stopped.set({ kind: ref.kind, partition: ref.partition }, 0)
    this.#confirm(chain.number)

    const consumer = await fabric.js.consumers.get(streams.pack(ref), PROJECTION)
    const messages = await consumer.consume({ max_messages: AHEAD_PACKS })
    const waiting: JsMsg[] = []
    const inbox = new Inbox(messages, waiting)
    const end = () => {
      progress.hurry(ref)
      inbox.wake()
    }
    void lease.lost.then(end)
    this.#stopping.signal.addEventListener('abort', end)
    const tick = setInterval(() => inbox.wake(), TICK_MS)
    const stopSweeping = this.#options.sweeper?.start(lease)
    let tickedAt = performance.now()
    try {
      while (lease.valid() && !this.#stopping.signal.aborted) {
        if (waiting.length === 0) await inbox.next()
        // Hardly anybody waits for the store, since owners remember what it lacks; a sync a pack would cost more than all else.
        if (waiting.length > 0 && waiting.length < GROUP_PACKS) await progress.untilAwaited(ref, lingerMs)
        const batch = waiting.splice(0, GROUP_PACKS)
        const newest = batch.at(-1)
        if (newest !== undefined) await this.#take(chain, batch, lease)
        // Everything up to it is written: one ack stands for all before.
        newest?.ack()
        if (performance.now() - tickedAt < TICK_MS) continue
        tickedAt = performance.now()
        this.#confirm(chain.number)
        if (!fabric.connected()) continue
        const lastNow = await lastOfStream(fabric, ref, chain.number)
        lag.set({ kind: ref.kind, partition: ref.partition }, lastNow - chain.number)
        // The consumer may hold packs back that it gave a worker that died: they are read from the stream itself.
        if (waiting.length === 0) await this.#catchUp(chain, lastNow, lease)
        if (inbox.ended) return
      }
    } finally {
      clearInterval(tick)
      stopSweeping?.()
      this.#stopping.signal.removeEventListener('abort', end)
      await messages.close()
    }
  }

  /** Packs from the consumer: what was there already is passed over, what is missing between is read from the stream. */
  async #take(chain: PackChain, batch: readonly JsMsg[], lease: Lease): Promise<void> {
    const group = this.#begin(lease)
    for (const message of batch) {
      if (message.seq <= chain.number) continue
      if (message.seq > chain.number + 1) {
        await group.write(chain)
        await this.#catchUp(chain, message.seq - 1, lease)
      }
      await group.add(chain.next(message.seq, message.data), message.data.length, chain)
    }
    await group.write(chain)
  }

  async #catchUp(chain: PackChain, last: number, lease: Lease): Promise<void> {
    if (last <= chain.number) return
    const group = this.#begin(lease)
    for await (const { sequence, bytes } of this.#stream.read(chain.number + 1, last)) {
      await group.add(chain.next(sequence, bytes), bytes.length, chain)
    }
    await group.write(chain)
  }

  #begin(lease: Lease): PackGroup {
    const { ref } = this.#options
    return new PackGroup(ref, async (group) => {
      if (!lease.valid()) throw new Error('the right to project ran out')
      const timer = groupSeconds.startTimer({ kind: ref.kind })
      await this.#options.store.apply(group)
      timer()
      groups.inc({ kind: ref.kind })
      this.#failures = 0
      this.#confirm(group.position.pack)
    })
  }

  #confirm(pack: number): void {
    const { fabric, ref, progress } = this.#options
    progress.moved({ ...ref, pack })
    fabric.nc.publish(subjects.confirmed(ref), toJson({ pack }))
  }

  #pause(ms: number): Promise<void> {
    // The only way for it to end early is the abort, and then the loop ends.
    return pause(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}

/** The consumer's messages as they come, so that what arrived together is written together. */
class Inbox {
  ended = false
  #wake: () => void = () => {}

  constructor(messages: ConsumerMessages, waiting: JsMsg[]) {
    const follow = async () => {
      for await (const message of messages) {
        waiting.push(message)
        this.#wake()
      }
    }
    const end = () => {
      this.ended = true
      this.#wake()
    }
    follow().then(end, end)
  }

  /** Resolves at the next message or `wake`. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.ended) resolve()
    })
  }

  wake(): void {
    this.#wake()
  }
}
