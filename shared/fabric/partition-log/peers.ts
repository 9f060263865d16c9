import type { KV, KvEntry } from '@nats-io/kv'
import type { Log } from '../../log/log.ts'
import type { WorkerId } from '../../protocol/ids.ts'
import { toJson } from '../call.ts'
import { LEASE_TTL_MS } from '../setup.ts'
import { LEASE_SILENCE_MS, watchForever } from '../watch.ts'

const ALIVE_MS = LEASE_TTL_MS / 4

/** The workers of one service that are alive, this one among them: each holds its share of the partitions. */
export class Peers {
  readonly #workers: KV
  readonly #key: string
  readonly #log: Log
  readonly #seenAt = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #stopWatch: () => void = () => {}
  /** Called after each sign of life: the share may have changed. */
  onLook: () => void = () => {}

  private constructor(workers: KV, service: string, worker: WorkerId, log: Log) {
    this.#workers = workers
    this.#key = `${service}.${worker}`
    this.#log = log
  }

  static async start(workers: KV, service: string, worker: WorkerId, log: Log): Promise<Peers> {
    const peers = new Peers(workers, service, worker, log)
    const follow = (entry: KvEntry) => {
      if (entry.operation === 'PUT') peers.#seenAt.set(entry.key, performance.now())
      else peers.#seenAt.delete(entry.key)
    }
    peers.#stopWatch = await watchForever(workers, [`${service}.*`], follow, log, {
      silenceMs: LEASE_SILENCE_MS,
    })
    await peers.#sayAlive()
    return peers
  }

  /** So many of the partitions are this worker's: divided by the workers alive, rounded up. */
  shareOf(partitions: number): number {
    const now = performance.now()
    for (const [peer, seenAt] of this.#seenAt) if (now - seenAt > LEASE_TTL_MS) this.#seenAt.delete(peer)
    this.#seenAt.set(this.#key, now)
    return Math.ceil(partitions / this.#seenAt.size)
  }

  /** The others may have this worker's share from now on. */
  async leave(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    // It is forgotten by itself in a moment, if this fails.
    await this.#workers.delete(this.#key).catch(() => undefined)
  }

  stop(): void {
    this.#stopWatch()
  }

  async #sayAlive(): Promise<void> {
    if (this.#stopped) return
    try {
      await this.#workers.put(this.#key, toJson({}))
    } catch (error) {
      this.#log.debug({ err: error }, 'could not say that this worker is alive; trying again')
    }
    if (this.#stopped) return
    this.onLook()
    this.#timer = setTimeout(() => void this.#sayAlive(), ALIVE_MS)
  }
}
