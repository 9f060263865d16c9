import { EXPIRING_A_CALL, messagesExpire } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { Lease } from '../../../shared/fabric/partition-log/lease.ts'
import type { Log } from '../../../shared/log/log.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { Store } from '../store/store.ts'
import type { Progress } from './progress.ts'

const SWEEP_EVERY_MS = 1_000
/** One sweep, however much is due: the others' turn comes, and the rest is swept a second later. */
const CALLS_A_SWEEP = 20
/** Those who hold a deleted message are named in its record: so many fit a pack. */
const MENTIONS_A_CALL = 2_000
/** How long the store may take to have what was just deleted (ms). */
const REACH_MS = 5_000

const expired = counter(
  'weft_expired_messages_total',
  'Messages that the store found to be over, and had deleted',
)

export type SweeperOptions = {
  readonly store: Pick<Store, 'expiring'>
  readonly directory: Directory
  readonly partition: number
  readonly progress: Progress
  readonly log: Log
}

/**
 * Has messages deleted whose time is over. What is due follows from the store alone, so a crash of anything loses none of
 * it: whoever takes the partition's log into the store looks once a second, and asks the log's owner, for whom a
 * message that is gone already is no work.
 */
export class Sweeper {
  readonly #options: SweeperOptions
  #isBusy = false

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /** For as long as the partition is projected here. Returns the way to stop. */
  start(lease: Lease): () => void {
    let isStopped = false
    const isOn = () => !isStopped && lease.valid()
    const timer = setInterval(() => void this.#sweep(isOn), SWEEP_EVERY_MS)
    return () => {
      isStopped = true
      clearInterval(timer)
    }
  }

  async #sweep(isOn: () => boolean): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let calls = 0; calls < CALLS_A_SWEEP && isOn(); calls++) if (!(await this.#call())) return
    } catch (error) {
      if (isOn())
        this.#options.log.warn({ err: error }, 'messages whose time is over stay a while; tried again')
    } finally {
      this.#isBusy = false
    }
  }

  /** Whether there may be more that is due. */
  async #call(): Promise<boolean> {
    const { store, directory, partition, progress } = this.#options
    const entries = await store.expiring(partition, Date.now(), EXPIRING_A_CALL, MENTIONS_A_CALL)
    if (entries.length === 0) return false
    const { pack, written } = await directory.callPartition(messagesExpire, 'log', partition, { entries })
    expired.inc(written)
    // Until the store has the deletions it would find the same ones again.
    if (written > 0) await progress.reached([{ kind: 'log', partition, pack }], REACH_MS)
    return written > 0
  }
}
