import { hash, verify } from '@node-rs/argon2'
import { unavailable } from '../../../shared/protocol/errors.ts'
import type { StorageConfig } from '../config.ts'

/** Argon2id (the library's default), a bounded number at once: what waits beyond its share is refused rather than queued for ever. */
export class Passwords {
  readonly #config: StorageConfig['hash']
  readonly #waiting: (() => void)[] = []
  readonly #nobody: Promise<string>
  #running = 0

  constructor(config: StorageConfig['hash']) {
    this.#config = config
    this.#nobody = this.hash('a password that nobody has')
    // Whoever awaits it later is told; until then it must not count as unhandled.
    this.#nobody.catch(() => undefined)
  }

  /** @throws `unavailable` if too many wait already. */
  hash(password: string): Promise<string> {
    const { memoryKib, passes } = this.#config
    return this.#inTurn(() => hash(password, { memoryCost: memoryKib, timeCost: passes, parallelism: 1 }))
  }

  /** Takes as long for a name that doesn't exist (`stored` null) as for a wrong password. */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const against = stored ?? (await this.#nobody)
    const fits = await this.#inTurn(() => verify(against, password))
    return fits && stored !== null
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#config.atOnce) this.#running++
    else if (this.#waiting.length >= this.#config.waiting) throw unavailable('too many log-ins just now', 2)
    // Whoever ends hands its place over, so that nobody new slips in between.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
