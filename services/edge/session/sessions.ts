import type { Directory } from '../../../shared/fabric/directory.ts'
import type { SessionId, UserId } from '../../../shared/protocol/ids.ts'
import { metrics } from '../metrics.ts'
import type { Greeted, Session } from './session.ts'
import type { UserEntry } from './user-entry.ts'

const add = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const values = map.get(key)
  if (values === undefined) map.set(key, new Set([value]))
  else values.add(value)
}
const remove = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const values = map.get(key)
  values?.delete(value)
  if (values?.size === 0) map.delete(key)
}
const NONE: ReadonlySet<never> = new Set()

/** The connections of this edge, found by whatever they are asked for. */
export class Sessions {
  readonly #directory: Directory
  readonly #all = new Map<SessionId, Session>()
  readonly #users = new Map<UserId, UserEntry>()
  readonly #handles = new Map<number, UserEntry>()
  readonly #partitions = new Map<number, Set<UserEntry>>()
  readonly #families = new Map<SessionId, Set<Session>>()
  #nextHandle = 1
  /** Told of each session once it is one of a user, and of its end. */
  onGreet: (session: Session) => void = () => {}
  onEnd: (session: Session) => void = () => {}

  constructor(directory: Directory) {
    this.#directory = directory
  }

  get size(): number {
    return this.#all.size
  }

  all(): Iterable<Session> {
    return this.#all.values()
  }

  byId(id: SessionId): Session | undefined {
    return this.#all.get(id)
  }

  byHandle(handle: number): UserEntry | undefined {
    return this.#handles.get(handle)
  }

  ofPartition(partition: number): ReadonlySet<UserEntry> {
    return this.#partitions.get(partition) ?? NONE
  }

  ofFamily(family: SessionId): ReadonlySet<Session> {
    return this.#families.get(family) ?? NONE
  }

  ofUser(user: UserId): ReadonlySet<Session> {
    return this.#users.get(user)?.sessions ?? NONE
  }

  open(session: Session): void {
    this.#all.set(session.id, session)
    metrics.connections.set(this.#all.size)
  }

  greet(session: Session, identity: Greeted['identity'], device: Greeted['device']): Greeted {
    const entry = this.#users.get(identity.user) ?? this.#newEntry(identity.user)
    entry.sessions.add(session)
    if (identity.family !== null) add(this.#families, identity.family, session)
    const greeted = { identity, device, entry }
    session.greeted = greeted
    metrics.sessions.inc()
    this.onGreet(session)
    return greeted
  }

  close(session: Session): void {
    this.#all.delete(session.id)
    metrics.connections.set(this.#all.size)
    if (session.greeted === null) return
    metrics.sessions.dec()
    const { entry, identity } = session.greeted
    if (identity.family !== null) remove(this.#families, identity.family, session)
    entry.sessions.delete(session)
    this.onEnd(session)
    if (entry.sessions.size > 0) return
    this.#users.delete(entry.user)
    this.#handles.delete(entry.handle)
    remove(this.#partitions, entry.partition, entry)
  }

  #newEntry(user: UserId): UserEntry {
    const partition = this.#directory.partitionOf('sync', user)
    const entry: UserEntry = { user, handle: this.#nextHandle, partition, sessions: new Set(), newest: 0 }
    this.#nextHandle = this.#nextHandle === 0xffffffff ? 1 : this.#nextHandle + 1
    this.#users.set(user, entry)
    this.#handles.set(entry.handle, entry)
    add(this.#partitions, partition, entry)
    return entry
  }
}
