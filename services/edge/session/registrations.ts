import { register, unregister } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { RegisterEntry, RegisterResult } from '../../../shared/fabric/wire/register.ts'
import type { Log } from '../../../shared/log/log.ts'
import { unavailable } from '../../../shared/protocol/errors.ts'
import type { DeviceId, EdgeId, SessionId, UserId } from '../../../shared/protocol/ids.ts'

/** Sessions in one register request. */
const BATCH_MAX = 100
/** Register requests under way for one partition. */
const REQUESTS_MAX = 4
const UNREGISTER_MAX = 1_000

export type Registration = { readonly term: number; readonly number: number; readonly result: RegisterResult }
type Waiting = {
  readonly entry: RegisterEntry
  readonly resolve: (registration: Registration) => void
  readonly reject: (error: unknown) => void
}
export type Ended = {
  readonly session: SessionId
  readonly user: UserId
  readonly device: DeviceId
  readonly last: boolean
}
type Lane = { waiting: Waiting[]; ended: Ended[]; underWay: number; scheduled: boolean }

/** Register and unregister requests of many sessions, gathered into few. */
export class Registrations {
  readonly #directory: Directory
  readonly #edge: EdgeId
  readonly #incarnation: number
  readonly #log: Log
  readonly #lanes = new Map<number, Lane>()
  readonly #unregistering = new Set<Promise<void>>()

  constructor(parts: {
    readonly directory: Directory
    readonly edge: EdgeId
    readonly incarnation: number
    readonly log: Log
  }) {
    this.#directory = parts.directory
    this.#edge = parts.edge
    this.#incarnation = parts.incarnation
    this.#log = parts.log
  }

  register(partition: number, entry: RegisterEntry): Promise<Registration> {
    return new Promise((resolve, reject) => {
      const lane = this.#lane(partition)
      lane.waiting.push({ entry, resolve, reject })
      this.#schedule(partition, lane)
    })
  }

  unregister(partition: number, ended: Ended): void {
    const lane = this.#lane(partition)
    lane.ended.push(ended)
    this.#schedule(partition, lane)
  }

  /** Resolves when every unregister request so far was answered or given up. */
  async settled(): Promise<void> {
    for (const [partition, lane] of this.#lanes) this.#flush(partition, lane)
    await Promise.all(this.#unregistering)
  }

  #lane(partition: number): Lane {
    let lane = this.#lanes.get(partition)
    if (lane === undefined) {
      lane = { waiting: [], ended: [], underWay: 0, scheduled: false }
      this.#lanes.set(partition, lane)
    }
    return lane
  }

  #schedule(partition: number, lane: Lane): void {
    if (lane.scheduled) return
    lane.scheduled = true
    setImmediate(() => {
      lane.scheduled = false
      this.#flush(partition, lane)
    })
  }

  #flush(partition: number, lane: Lane): void {
    while (lane.ended.length > 0) {
      const sessions = lane.ended.splice(0, UNREGISTER_MAX)
      const asked = this.#unregister(partition, sessions).finally(() => this.#unregistering.delete(asked))
      this.#unregistering.add(asked)
    }
    while (lane.waiting.length > 0 && lane.underWay < REQUESTS_MAX) {
      lane.underWay++
      void this.#register(partition, lane.waiting.splice(0, BATCH_MAX)).finally(() => {
        lane.underWay--
        this.#flush(partition, lane)
      })
    }
  }

  async #register(partition: number, batch: readonly Waiting[]): Promise<void> {
    try {
      const request = {
        edge: this.#edge,
        incarnation: this.#incarnation,
        entries: batch.map(({ entry }) => entry),
      }
      const { term, number, results } = await this.#directory.callPartition(
        register,
        'sync',
        partition,
        request,
      )
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index]
        if (result === undefined) reject(unavailable('the owner of this queue did not answer'))
        else resolve({ term, number, result })
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async #unregister(partition: number, sessions: Ended[]): Promise<void> {
    const request = { edge: this.#edge, incarnation: this.#incarnation, sessions }
    try {
      await this.#directory.callPartition(unregister, 'sync', partition, request)
    } catch (error) {
      // Harmless: events for them are dropped here, and a new owner knows nothing of them.
      this.#log.debug({ err: error, partition }, 'sessions that ended could not be unregistered')
    }
  }
}
