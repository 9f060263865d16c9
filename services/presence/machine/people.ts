import type { UserShape } from '../../../shared/fabric/calls.ts'
import {
  PRESENCE,
  type PresenceReport,
  type PresentUser,
  type SeenUser,
} from '../../../shared/fabric/wire/presence.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { EdgeId, UserId } from '../../../shared/protocol/ids.ts'
import type { PresenceConfig } from '../config.ts'
import { EdgeView } from './edge-view.ts'
import { Person } from './person.ts'

const reports = counter('weft_presence_reports_total', 'Reports of edges')
const told = counter('weft_presence_told_total', 'Users of whom an edge was told')
const lost = counter('weft_presence_edges_lost_total', 'Edges that fell silent')
const mended = counter('weft_presence_digests_total', 'Digests of edges, by whether they fit', ['fits'])

/** When users were last there, kept elsewhere. */
export type SeenKeeper = {
  readonly note: (user: UserId, at: number) => void
  readonly waitingOf: (user: UserId) => number | undefined
  readonly load: (users: readonly UserId[]) => Promise<ReadonlyMap<UserId, number>>
}

export type PeopleOptions = {
  readonly partition: number
  readonly term: number
  readonly config: PresenceConfig
  readonly lastSeen: SeenKeeper
  /** Whether this owner may speak. */
  readonly valid: () => boolean
  readonly toEdge: (edge: EdgeId, bytes: Uint8Array) => void
  /** Monotonic ms. */
  readonly now?: () => number
  /** Ms since 1970. */
  readonly wallNow?: () => number
}

/**
 * Who is there, of one partition, as the edges report it. A change is told once a tick, to the edges that watch the user;
 * one who is gone is so only after a moment of grace. An edge that falls silent has no sessions any more.
 */
export class People {
  readonly #options: PeopleOptions
  readonly #now: () => number
  readonly #wallNow: () => number
  readonly #people = new Map<UserId, Person>()
  readonly #edges = new Map<EdgeId, EdgeView>()
  /** Whose presence may be another than it is shown. */
  readonly #changed = new Set<Person>()
  readonly #warmAt: number
  #sweptAt: number
  #present = 0

  constructor(options: PeopleOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#wallNow = options.wallNow ?? Date.now
    this.#sweptAt = this.#now()
    // Until the edges have told this new owner what they have, nobody is known to be offline.
    this.#warmAt = this.#sweptAt + options.config.warmUpMs
  }

  stats(): { users: number; known: number; watches: number; edges: number } {
    let watches = 0
    for (const edge of this.#edges.values()) watches += edge.watches.size
    return { users: this.#present, known: this.#people.size, watches, edges: this.#edges.size }
  }

  take(report: PresenceReport): void {
    reports.inc()
    const edge = this.#edgeOf(report)
    if (edge === null) return
    edge.heardAt = this.#now()
    if (report.anew) edge.begin()
    for (const user of report.users) this.#tell(edge, user)
    for (const user of report.watch) this.#watch(edge, user)
    for (const user of report.unwatch) this.#unwatch(edge, user)
    if (report.digest === null) return
    const fits = edge.fits(report.digest)
    mended.inc({ fits: String(fits) })
    edge.tellAll = !fits
    if (fits && edge.hasOlder) this.#dropOlderRounds(edge)
  }

  rulesChanged(users: readonly UserId[]): void {
    for (const user of users) for (const edge of this.#people.get(user)?.watchers ?? []) edge.rules.add(user)
  }

  /** Told once, to whoever watches just now. */
  profileChanged(profile: UserShape): void {
    for (const edge of this.#people.get(profile.id)?.watchers ?? []) edge.profiles.set(profile.id, profile)
  }

  /** Settles what has changed and tells the edges. */
  tick(): void {
    const now = this.#now()
    if (now < this.#warmAt || !this.#options.valid()) return
    for (const person of this.#changed) this.#settle(person, now)
    const unknown: Person[] = []
    for (const edge of this.#edges.values()) told.inc(edge.flush((person) => this.#stateOf(person, unknown)))
    if (unknown.length > 0) void this.#load(unknown)
  }

  /** Once a second: edges hear the number of the last message to them, and those that fell silent are dropped. */
  beat(): void {
    const now = this.#now()
    const { config, valid } = this.#options
    // What this process or its connection slept through says nothing of the edges.
    const slept = valid() ? now - this.#sweptAt - config.beatMs : Number.POSITIVE_INFINITY
    this.#sweptAt = now
    for (const edge of this.#edges.values()) {
      if (slept > config.beatMs) edge.heardAt = Math.max(edge.heardAt, now - config.beatMs)
      if (now - edge.heardAt <= config.edgeSilenceMs) continue
      lost.inc()
      this.#drop(edge, edge.heardAt)
    }
    if (valid()) for (const edge of this.#edges.values()) edge.beat()
  }

  #edgeOf({ edge, incarnation }: PresenceReport): EdgeView | null {
    const known = this.#edges.get(edge)
    if (known !== undefined && known.incarnation > incarnation) return null
    if (known?.incarnation === incarnation) return known
    const now = this.#now()
    if (known !== undefined) this.#drop(known, now)
    const { partition, term, toEdge } = this.#options
    const send = (bytes: Uint8Array) => toEdge(edge, bytes)
    const view = new EdgeView({ edge, incarnation, now, address: { partition, term }, send })
    this.#edges.set(edge, view)
    return view
  }

  #personOf(user: UserId): Person {
    let person = this.#people.get(user)
    if (person === undefined) {
      person = new Person(user)
      this.#people.set(user, person)
    }
    return person
  }

  #tell(edge: EdgeView, said: PresentUser): void {
    const { user, rank, text } = said
    const source = edge.users.get(user)
    if (source?.round === edge.round) edge.countUser(-1, { user, rank: source.rank, text: source.text })
    if (rank === PRESENCE.offline) {
      if (source !== undefined) this.#gone(edge, user, this.#now())
      return
    }
    edge.countUser(1, said)
    const person = this.#personOf(user)
    if (source === undefined) {
      const made = { edge, rank, text, round: edge.round }
      edge.users.set(user, made)
      person.sources.push(made)
    } else {
      source.rank = rank
      source.text = text
      source.round = edge.round
    }
    this.#changed.add(person)
  }

  #watch(edge: EdgeView, user: UserId): void {
    if (edge.watches.get(user) !== edge.round) edge.countWatch(1, user)
    edge.watches.set(user, edge.round)
    const person = this.#personOf(user)
    person.watchers ??= new Set()
    person.watchers.add(edge)
    edge.due.add(person)
  }

  #unwatch(edge: EdgeView, user: UserId): void {
    const round = edge.watches.get(user)
    if (round === undefined) return
    if (round === edge.round) edge.countWatch(-1, user)
    edge.watches.delete(user)
    const person = this.#people.get(user)
    if (person === undefined) return
    person.unwatched(edge)
    edge.due.delete(person)
    this.#forget(person)
  }

  #gone(edge: EdgeView, user: UserId, since: number): void {
    const source = edge.users.get(user)
    const person = this.#people.get(user)
    edge.users.delete(user)
    if (source === undefined || person === undefined) return
    person.remove(source, since)
    this.#changed.add(person)
  }

  /** The edge has told all that it has: whatever it didn't repeat is over. */
  #dropOlderRounds(edge: EdgeView): void {
    const now = this.#now()
    const { round } = edge
    edge.hasOlder = false
    for (const [user, source] of edge.users) if (source.round < round) this.#gone(edge, user, now)
    for (const [user, of] of edge.watches) if (of < round) this.#unwatch(edge, user)
  }

  #drop(edge: EdgeView, since: number): void {
    if (this.#edges.get(edge.edge) === edge) this.#edges.delete(edge.edge)
    for (const user of edge.users.keys()) this.#gone(edge, user, since)
    for (const user of edge.watches.keys()) {
      const person = this.#people.get(user)
      person?.unwatched(edge)
      if (person !== undefined) this.#forget(person)
    }
  }

  #settle(person: Person, now: number): void {
    const { config, lastSeen } = this.#options
    const { rank, text } = person.present()
    const isGone = person.sources.length === 0
    if (isGone && person.shown !== PRESENCE.offline && now - person.goneAt < config.graceMs) return
    this.#changed.delete(person)
    const isThere = rank !== PRESENCE.offline
    const wasThere = person.shown !== PRESENCE.offline
    if (wasThere && !isThere) {
      this.#present--
      person.seenAt = Math.round(this.#wallNow() - (isGone ? now - person.goneAt : 0))
      lastSeen.note(person.user, person.seenAt)
    } else if (!wasThere && isThere) {
      this.#present++
      // Should this worker and the edge die together, it is at least known that they came.
      lastSeen.note(person.user, this.#wallNow())
    }
    if (rank !== person.shown || text !== person.shownText) {
      person.shown = rank
      person.shownText = text
      for (const edge of person.watchers ?? []) edge.due.add(person)
    }
    this.#forget(person)
  }

  #forget(person: Person): void {
    if (!person.forgettable || this.#changed.has(person)) return
    if (this.#people.get(person.user) === person) this.#people.delete(person.user)
  }

  /** Null if that isn't known yet. */
  #stateOf(person: Person, unknown: Person[]): SeenUser | null {
    const { user, shown: rank, shownText: text } = person
    if (rank !== PRESENCE.offline) return { user, rank, at: this.#wallNow(), text }
    person.seenAt ??= this.#options.lastSeen.waitingOf(user)
    if (person.seenAt !== undefined) return { user, rank, at: person.seenAt, text }
    if (person.asked === 'failed') {
      person.asked = 'no'
      return { user, rank, at: 0, text }
    }
    if (person.asked === 'no') {
      person.asked = 'asking'
      unknown.push(person)
    }
    return null
  }

  async #load(people: readonly Person[]): Promise<void> {
    const found = await this.#options.lastSeen.load(people.map(({ user }) => user))
    for (const person of people) {
      const at = found.get(person.user)
      person.asked = at === undefined ? 'failed' : 'no'
      person.seenAt ??= at
    }
  }
}
