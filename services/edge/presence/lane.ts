import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import {
  type Digest,
  encodePresenceReport,
  entryBytes,
  hashOfUser,
  hashOfWatch,
  NO_DIGEST_YET,
  PRESENCE,
  type PresenceRank,
  type PresenceReport,
  type PresentUser,
} from '../../../shared/fabric/wire/presence.ts'
import type { EdgeId, UserId } from '../../../shared/protocol/ids.ts'

type Told = { readonly rank: PresenceRank; readonly text: string }
const GONE: Told = { rank: PRESENCE.offline, text: '' }

/** What this edge tells the owner of one presence partition: what changed since the last report, or all of it. Pure state. */
export class Lane {
  readonly #from: { readonly edge: EdgeId; readonly incarnation: number }
  readonly #users = new Map<UserId, Told>()
  readonly #watches = new Set<UserId>()
  readonly #changed = new Set<UserId>()
  readonly #watch = new Set<UserId>()
  readonly #unwatch = new Set<UserId>()
  #userDigest: Digest = NO_DIGEST_YET
  #watchDigest: Digest = NO_DIGEST_YET
  #anew = true

  constructor(from: { readonly edge: EdgeId; readonly incarnation: number }) {
    this.#from = from
  }

  user(user: UserId, now: Told): void {
    const before = this.#users.get(user) ?? GONE
    if (before.rank === now.rank && before.text === now.text) return
    if (before.rank !== PRESENCE.offline) this.#countUser(-1, user, before)
    if (now.rank === PRESENCE.offline) this.#users.delete(user)
    else {
      this.#users.set(user, now)
      this.#countUser(1, user, now)
    }
    this.#changed.add(user)
  }

  /** Its present state comes once the owner has this, also if it was watched already. */
  watch(user: UserId): void {
    if (!this.#watches.has(user)) this.#countWatch(1, user)
    this.#watches.add(user)
    this.#unwatch.delete(user)
    this.#watch.add(user)
  }

  unwatch(user: UserId): void {
    if (!this.#watches.delete(user)) return
    this.#countWatch(-1, user)
    this.#watch.delete(user)
    this.#unwatch.add(user)
  }

  /** The owner lacks some of it, or is a new one: the next report has everything. */
  tellAll(): void {
    this.#anew = true
  }

  /** The reports that bring the owner up to date, of at most a page each; with the digest, one at least. */
  take(withDigest: boolean): Uint8Array[] {
    const anew = this.#anew
    const users = anew ? this.#users.keys() : this.#changed
    const watches = anew ? this.#watches : this.#watch
    const messages: Uint8Array[] = []
    let part = empty(anew)
    let bytes = 0
    const emit = (digest: PresenceReport['digest']) => {
      messages.push(encodePresenceReport({ ...this.#from, ...part, digest }))
      part = empty(false)
      bytes = 0
    }
    const grew = (by: number) => {
      bytes += by
      if (bytes >= MAX_PAGE_BYTES) emit(null)
    }
    for (const user of users) {
      const told = this.#users.get(user) ?? GONE
      part.users.push({ user, ...told })
      grew(entryBytes(user, told.text))
    }
    for (const user of watches) {
      part.watch.push(user)
      grew(entryBytes(user, ''))
    }
    for (const user of anew ? [] : this.#unwatch) {
      part.unwatch.push(user)
      grew(entryBytes(user, ''))
    }
    // All of it ends with a digest, so that what is over can go at once.
    const hasDigest = withDigest || anew
    if (hasDigest || bytes > 0)
      emit(hasDigest ? { users: this.#userDigest, watches: this.#watchDigest } : null)
    this.#anew = false
    this.#changed.clear()
    this.#watch.clear()
    this.#unwatch.clear()
    return messages
  }

  #countUser(sign: 1 | -1, user: UserId, { rank, text }: Told): void {
    const { count, hash } = this.#userDigest
    this.#userDigest = { count: count + sign, hash: (hash ^ hashOfUser(user, rank, text)) >>> 0 }
  }

  #countWatch(sign: 1 | -1, user: UserId): void {
    const { count, hash } = this.#watchDigest
    this.#watchDigest = { count: count + sign, hash: (hash ^ hashOfWatch(user)) >>> 0 }
  }
}

const empty = (
  anew: boolean,
): { anew: boolean; users: PresentUser[]; watch: UserId[]; unwatch: UserId[] } => ({
  anew,
  users: [],
  watch: [],
  unwatch: [],
})
