import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../../shared/log/log.ts'
import { counter } from '../../shared/metrics/metrics.ts'
import type { UserId } from '../../shared/protocol/ids.ts'
import type { StorageConfig } from './config.ts'
import type { Store } from './store/store.ts'

const BATCH_ROWS = 500
const BETWEEN_BATCHES_MS = 200
/** From the end of one pass over all users to the next. */
const BETWEEN_PASSES_MS = 10 * 60_000
const RETRY_MS = 30_000

const trimmed = counter('weft_queue_trimmed_total', 'Events of queues that the store no longer keeps')

/** Removes old events of queues and old log-ins in the background, in batches small enough to disturb nobody. */
export class Trimmer {
  readonly #store: Store
  readonly #config: StorageConfig
  readonly #log: Log
  readonly #stopping = new AbortController()
  readonly #loop: Promise<void>

  constructor(store: Store, config: StorageConfig, log: Log) {
    this.#store = store
    this.#config = config
    this.#log = log
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    await this.#pause(BETWEEN_BATCHES_MS)
    let after: UserId | null = null
    while (!this.#stopping.signal.aborted) {
      try {
        const { queueKeepMs, queueKeepEvents } = this.#config
        const before = Date.now() - queueKeepMs
        const result = await this.#store.trimQueues(after, before, queueKeepEvents, BATCH_ROWS)
        trimmed.inc(result.removed)
        after = result.next
        if (after === null && result.removed === 0) {
          await this.#store.trimFamilies(Date.now(), BATCH_ROWS)
          await this.#pause(BETWEEN_PASSES_MS)
        } else await this.#pause(BETWEEN_BATCHES_MS)
      } catch (error) {
        this.#log.warn({ err: error }, 'old events could not be trimmed; tried again later')
        await this.#pause(RETRY_MS)
      }
    }
  }

  #pause(ms: number): Promise<void> {
    // The only way for it to end early is the abort, and then the loop ends.
    return pause(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined)
  }
}
