import type { UserShape } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import {
  type Digest,
  encodePresenceUpdate,
  entryBytes,
  hashOfUser,
  hashOfWatch,
  NO_DIGEST_YET,
  type PresenceReport,
  type PresenceUpdate,
  type PresentUser,
  type SeenUser,
} from '../../../shared/fabric/wire/presence.ts'
import type { EdgeId, UserId } from '../../../shared/protocol/ids.ts'
import type { Person, Source } from './person.ts'

type Address = { readonly partition: number; readonly term: number }
type Part = Pick<PresenceUpdate, 'states' | 'rules'> & Partial<Pick<PresenceUpdate, 'profiles'>>
/** A profile has a few KiB at the most. */
const PROFILES_A_MESSAGE = 30

/**
 * What one edge has told, and what it is to be told. When it tells all anew a new round begins: what is only of an older
 * one stays until the edge's digest fits what came in this, so that nobody is offline for the time of the telling.
 */
export class EdgeView {
  readonly edge: EdgeId
  readonly incarnation: number
  /** Monotonic ms. */
  heardAt: number
  readonly users = new Map<UserId, Source>()
  /** Whom it watches, and the round that it said so in. */
  readonly watches = new Map<UserId, number>()
  round = 0
  /** Whether anything of an older round may be there. */
  hasOlder = false
  /** Whom it is to be told of. */
  readonly due = new Set<Person>()
  readonly rules = new Set<UserId>()
  /** New ones of those that it watches. */
  readonly profiles = new Map<UserId, UserShape>()
  tellAll = false
  readonly #address: Address
  readonly #send: (bytes: Uint8Array) => void
  #users: Digest = NO_DIGEST_YET
  #watches: Digest = NO_DIGEST_YET
  /** Of the last message. */
  #number = 0

  constructor(options: {
    readonly edge: EdgeId
    readonly incarnation: number
    readonly now: number
    readonly address: Address
    readonly send: (bytes: Uint8Array) => void
  }) {
    this.edge = options.edge
    this.incarnation = options.incarnation
    this.heardAt = options.now
    this.#address = options.address
    this.#send = options.send
  }

  begin(): void {
    this.round++
    this.hasOlder = true
    this.#users = NO_DIGEST_YET
    this.#watches = NO_DIGEST_YET
    this.tellAll = false
  }

  /** Counts a user of this round in (1) or out (-1). */
  countUser(sign: 1 | -1, { user, rank, text }: PresentUser): void {
    const { count, hash } = this.#users
    this.#users = { count: count + sign, hash: (hash ^ hashOfUser(user, rank, text)) >>> 0 }
  }

  countWatch(sign: 1 | -1, user: UserId): void {
    const { count, hash } = this.#watches
    this.#watches = { count: count + sign, hash: (hash ^ hashOfWatch(user)) >>> 0 }
  }

  fits({ users, watches }: NonNullable<PresenceReport['digest']>): boolean {
    return isSame(users, this.#users) && isSame(watches, this.#watches)
  }

  /** What is due and can be told, in messages of at most a page. */
  flush(stateOf: (person: Person) => SeenUser | null): number {
    let states: SeenUser[] = []
    let bytes = 0
    let told = 0
    for (const person of this.due) {
      const state = stateOf(person)
      if (state === null) continue
      this.due.delete(person)
      states.push(state)
      told++
      bytes += entryBytes(state.user, state.text) + 8
      if (bytes < MAX_PAGE_BYTES) continue
      this.#tell({ states, rules: [] })
      states = []
      bytes = 0
    }
    const rules = [...this.rules]
    this.rules.clear()
    if (states.length > 0 || rules.length > 0) this.#tell({ states, rules })
    const profiles = [...this.profiles.values()]
    this.profiles.clear()
    for (let from = 0; from < profiles.length; from += PROFILES_A_MESSAGE)
      this.#tell({ states: [], rules: [], profiles: profiles.slice(from, from + PROFILES_A_MESSAGE) })
    return told
  }

  /** Repeats the last number, and asks for everything where it has to be. */
  beat(): void {
    this.#emit(true, { states: [], rules: [] })
  }

  #tell(part: Part): void {
    this.#number++
    this.#emit(false, part)
  }

  #emit(beat: boolean, part: Part): void {
    const { incarnation, tellAll } = this
    this.#send(
      encodePresenceUpdate({
        ...this.#address,
        incarnation,
        number: this.#number,
        beat,
        tellAll,
        profiles: [],
        ...part,
      }),
    )
  }
}

const isSame = (a: Digest, b: Digest): boolean => a.count === b.count && a.hash === b.hash
