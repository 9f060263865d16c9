import { profilePut, storeReached, type UserShape, usersGet } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { inPortions } from '../../../shared/fabric/portions.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Identity } from './identity.ts'

/** Users known to exist; those known for longest are forgotten first. */
const KNOWN_MAX = 100_000
/** How long an answer waits for the store to show a change (ms). */
const STORE_WAIT_MS = 2_000
/** Profiles that one call makes at the same time. */
const MAKE_AT_ONCE = 16

type Position = { readonly kind: 'log' | 'sync'; readonly partition: number; readonly pack: number }

/**
 * Makes a customer's users exist from their first use of HTTP on, be it that somebody makes them a member, as the SYNC
 * owner does at their first hello.
 */
export class Users {
  readonly #directory: Directory
  readonly #known: Set<UserId>

  constructor(directory: Directory, known = new Set<UserId>()) {
    this.#directory = directory
    this.#known = known
  }

  /** The same users, asked for through another view of the directory. */
  through(directory: Directory): Users {
    return new Users(directory, this.#known)
  }

  async ensure({ user, name }: Identity): Promise<void> {
    if (name !== null) await this.#ensureAll([user], name)
  }

  /** Those whom others make members exist from then on; who has a profile keeps it. */
  ensureMembers(ids: readonly UserId[]): Promise<void> {
    return this.#ensureAll(ids)
  }

  /** `name`: of those that are made; absent = their id. */
  async #ensureAll(ids: readonly UserId[], name?: string): Promise<void> {
    const asked = ids.filter((id) => !this.#known.has(id))
    if (asked.length === 0) return
    const existing = new Set((await usersOf(this.#directory, asked)).map(({ id }) => id))
    const missing = asked.filter((id) => !existing.has(id))
    const positions: Position[] = []
    const queue = missing.values()
    // The workers share one iterator: each takes the next that nobody has taken.
    const make = async () => {
      for (const id of queue) {
        const called = name ?? id
        const profile = { id, name: called, display_name: called, avatar: null, if_none: true }
        const { pack, partition } = await this.#directory.callOwner(profilePut, 'sync', id, profile)
        positions.push({ kind: 'sync', partition, pack })
      }
    }
    await Promise.all(Array.from({ length: MAKE_AT_ONCE }, make))
    await this.shown(newest(positions))
    for (const id of asked) this.#remember(id)
  }

  #remember(user: UserId): void {
    this.#known.add(user)
    if (this.#known.size <= KNOWN_MAX) return
    const oldest = this.#known.values().next()
    if (!oldest.done) this.#known.delete(oldest.value)
  }

  /** Waits until the store shows what was changed; a store that is slow or away holds nobody up for long. */
  async shown(positions: readonly Position[]): Promise<void> {
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

/** Profiles of those who exist, however many and long. */
export async function usersOf(directory: Directory, ids: readonly UserId[]): Promise<UserShape[]> {
  const ask = (asked: readonly UserId[]) => directory.callStorage(usersGet, { ids: [...asked] })
  return (await inPortions(ids, ask)).flatMap(({ users }) => users)
}

/** One position a partition says as much as all of its packs before. */
function newest(positions: readonly Position[]): Position[] {
  const byPartition = new Map<number, Position>()
  for (const position of positions)
    if (position.pack > (byPartition.get(position.partition)?.pack ?? 0))
      byPartition.set(position.partition, position)
  return [...byPartition.values()]
}
