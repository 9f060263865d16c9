import { seenGet, seenPut } from '../../shared/fabric/calls.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { Log } from '../../shared/log/log.ts'
import { counter, gauge } from '../../shared/metrics/metrics.ts'
import type { UserId } from '../../shared/protocol/ids.ts'
import type { PresenceConfig } from './config.ts'

/** Users in one call to storage. */
const CALL_USERS = 1_000
/** A user's last time is asked for this long; without it they are shown without (ms). */
const LOAD_MS = 1_500
/** Of the last flush, when the service leaves (ms). */
const LAST_FLUSH_MS = 3_000

const stored = counter(
  'weft_presence_seen_total',
  'Times at which users were last there, by what became of them',
  ['outcome'],
)
const waiting = gauge('weft_presence_seen_waiting', 'Users whose last time is not stored yet')

/**
 * When users were last there. What is to be kept gathers, the newest time of each user, and goes to storage in groups
 * that may come twice; while storage is away it waits, as far as there is room.
 */
export class LastSeen {
  readonly #directory: Directory
  readonly #config: PresenceConfig
  readonly #log: Log
  readonly #waiting = new Map<UserId, number>()
  readonly #timer: NodeJS.Timeout
  #flushing: Promise<void> = Promise.resolve()
  #isFlushing = false

  constructor(directory: Directory, config: PresenceConfig, log: Log) {
    this.#directory = directory
    this.#config = config
    this.#log = log
    this.#timer = setInterval(() => this.#flush(), config.seenFlushMs)
  }

  /** @param at ms since 1970 */
  note(user: UserId, at: number): void {
    const before = this.#waiting.get(user) ?? 0
    // The user noted last stands last, so that the first is the one to drop.
    this.#waiting.delete(user)
    this.#waiting.set(user, Math.max(before, at))
    if (this.#waiting.size <= this.#config.seenWaiting) return
    const oldest = this.#waiting.keys().next()
    if (oldest.done !== true) this.#waiting.delete(oldest.value)
    stored.inc({ outcome: 'dropped' })
  }

  /** Of one who is on the way to storage. */
  waitingOf(user: UserId): number | undefined {
    return this.#waiting.get(user)
  }

  /** When they were last there, 0 = never; those who can't be asked for now are left out. */
  async load(users: readonly UserId[]): Promise<ReadonlyMap<UserId, number>> {
    const found = new Map<UserId, number>()
    for (let from = 0; from < users.length; from += CALL_USERS) {
      const some = users.slice(from, from + CALL_USERS)
      try {
        const { seen } = await this.#directory.callStorage(seenGet, { users: some }, { deadlineMs: LOAD_MS })
        for (const user of some) found.set(user, 0)
        for (const { user, at } of seen) found.set(user, Math.max(at, this.#waiting.get(user) ?? 0))
      } catch (error) {
        this.#log.debug({ err: error }, 'the store was not there to say when users were last seen')
        break
      }
    }
    return found
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#flushing
    await this.#write(LAST_FLUSH_MS)
  }

  #flush(): void {
    waiting.set(this.#waiting.size)
    if (this.#isFlushing || this.#waiting.size === 0) return
    this.#isFlushing = true
    this.#flushing = this.#write().finally(() => {
      this.#isFlushing = false
      waiting.set(this.#waiting.size)
    })
  }

  #oldest(): { user: UserId; at: number }[] {
    const some: { user: UserId; at: number }[] = []
    for (const [user, at] of this.#waiting) if (some.push({ user, at }) >= CALL_USERS) break
    return some
  }

  async #write(deadlineMs?: number): Promise<void> {
    while (this.#waiting.size > 0) {
      const seen = this.#oldest()
      try {
        await this.#directory.callStorage(seenPut, { seen }, deadlineMs === undefined ? {} : { deadlineMs })
      } catch (error) {
        this.#log.warn(
          { err: error, users: this.#waiting.size },
          'last seen could not be stored; trying again',
        )
        return
      }
      stored.inc({ outcome: 'stored' }, seen.length)
      for (const { user, at } of seen) if (this.#waiting.get(user) === at) this.#waiting.delete(user)
    }
  }
}
