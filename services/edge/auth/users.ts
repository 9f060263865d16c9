import { profilePut, storeReached, usersGet } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Identity } from './identity.ts'

/** Users known to exist; those not asked for longest are forgotten first. */
const KNOWN_MAX = 100_000
/** How long an answer waits for the store to show a change (ms). */
const STORE_WAIT_MS = 2_000

/** Makes a customer's users exist from their first use of HTTP on, as the SYNC owner does at their first hello. */
export class Users {
  readonly #directory: Directory
  readonly #known = new Set<UserId>()

  constructor(directory: Directory) {
    this.#directory = directory
  }

  async ensure({ user, name }: Identity): Promise<void> {
    if (name === null || this.#known.has(user)) return
    const { users } = await this.#directory.callStorage(usersGet, { ids: [user] })
    if (users.length === 0) {
      const profile = { id: user, name, display_name: name, avatar: null }
      const { pack, partition } = await this.#directory.callOwner(profilePut, 'sync', user, profile)
      await this.shown([{ kind: 'sync', partition, pack }])
    }
    this.#known.add(user)
    if (this.#known.size <= KNOWN_MAX) return
    const oldest = this.#known.values().next()
    if (!oldest.done) this.#known.delete(oldest.value)
  }

  /** Waits until the store shows what was changed; a store that is slow or away holds nobody up for long. */
  async shown(positions: { kind: 'log' | 'sync'; partition: number; pack: number }[]): Promise<void> {
    const changed = positions.filter(({ pack }) => pack > 0)
    if (changed.length === 0) return
    try {
      const asked = { positions: changed, wait_ms: STORE_WAIT_MS }
      await this.#directory.callStorage(storeReached, asked, { deadlineMs: STORE_WAIT_MS + 500 })
    } catch (error) {
      if (!(error instanceof WeftError) || error.code !== 'unavailable') throw error
    }
  }
}
