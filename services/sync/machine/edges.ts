import type { RegisterEntry } from '../../../shared/fabric/wire/register.ts'
import type { EdgeId, SessionId } from '../../../shared/protocol/ids.ts'
import { EdgeLink, type LinkedUser } from './edge-link.ts'
import type { DeviceSession, UserQueue } from './queue.ts'

/** A link without sessions is remembered this long, since its numbers must not begin anew (ms). */
const FORGET_MS = 24 * 60 * 60 * 1000

export type Ended = {
  readonly session: SessionId
  readonly queue: UserQueue
  readonly device: RegisterEntry['device']
}

/** The edges that have sessions of this partition's users. */
export class Edges {
  readonly #links = new Map<EdgeId, EdgeLink>()
  readonly #address: { readonly partition: number; readonly term: number }
  readonly #send: (edge: EdgeId, bytes: Uint8Array) => void
  readonly #now: () => number
  readonly #silenceMs: number
  readonly #dirty = new Set<EdgeLink>()
  #sessions = 0

  constructor(options: {
    readonly address: { readonly partition: number; readonly term: number }
    readonly send: (edge: EdgeId, bytes: Uint8Array) => void
    /** Monotonic ms. */
    readonly now: () => number
    readonly silenceMs: number
  }) {
    this.#address = options.address
    this.#send = options.send
    this.#now = options.now
    this.#silenceMs = options.silenceMs
  }

  /** The link to this incarnation, made if need be; null if a newer one of the edge is known. */
  link(edge: EdgeId, incarnation: number): EdgeLink | null {
    const known = this.#links.get(edge)
    if (known !== undefined && known.incarnation > incarnation) return null
    if (known !== undefined && known.incarnation === incarnation) {
      known.aliveAt = this.#now()
      return known
    }
    if (known !== undefined) this.#empty(known)
    const send = (bytes: Uint8Array) => this.#send(edge, bytes)
    const link = new EdgeLink(edge, incarnation, this.#now(), this.#address, send)
    this.#links.set(edge, link)
    return link
  }

  /** A sign of life; a newer incarnation ends the sessions of the one before. */
  alive(edge: EdgeId, incarnation: number): void {
    const known = this.#links.get(edge)
    if (known === undefined || known.incarnation > incarnation) return
    if (known.incarnation === incarnation) known.aliveAt = this.#now()
    else {
      this.#empty(known)
      this.#links.delete(edge)
    }
  }

  /** From now on the session's user is sent to at this link. */
  attach(queue: UserQueue, link: EdgeLink, entry: RegisterEntry): void {
    const before = queue.sessions?.get(entry.device)
    if (before !== undefined) {
      if (before.session !== entry.session) {
        before.link.replaced(before.session)
        // At once: the older session must not go on beside the newer one until the next commit.
        before.link.flush()
      }
      this.#detach(queue, entry.device, before)
    }
    queue.sessions ??= new Map()
    queue.sessions.set(entry.device, { session: entry.session, since: entry.since, link })
    queue.links ??= new Map()
    const linked: LinkedUser = queue.links.get(link) ?? { handle: entry.handle, sessions: 0 }
    linked.handle = entry.handle
    linked.sessions++
    this.#sessions++
    queue.links.set(link, linked)
    link.users.set(queue, linked)
  }

  /** Ends a session, if it is still the one that stands for its device. */
  detach(ended: Ended, link: EdgeLink): void {
    const session = ended.queue.sessions?.get(ended.device)
    if (session?.session === ended.session && session.link === link)
      this.#detach(ended.queue, ended.device, session)
  }

  /** Gathers a committed event for every edge that has a session of the user. */
  deliver(queue: UserQueue, n: number, json: Uint8Array): void {
    if (queue.links === null) return
    for (const [link, linked] of queue.links) {
      link.event(json, linked.handle, n)
      this.#dirty.add(link)
    }
  }

  /** Gathers an event that is kept nowhere for every edge that has a session of the user. */
  pass(queue: UserQueue, json: Uint8Array): void {
    if (queue.links === null) return
    for (const [link, { handle }] of queue.links) {
      link.pass(json, handle)
      this.#dirty.add(link)
    }
  }

  /** The same of a mark, which isn't dropped. */
  mark(queue: UserQueue, json: Uint8Array): void {
    if (queue.links === null) return
    for (const [link, { handle }] of queue.links) {
      link.mark(json, handle)
      this.#dirty.add(link)
    }
  }

  /** One message an edge concerned. */
  flush(): void {
    for (const link of this.#dirty) link.flush()
    this.#dirty.clear()
  }

  beat(): void {
    for (const link of this.#links.values()) if (link.users.size > 0) link.beat()
  }

  /** Drops the sessions of edges that fell silent. */
  sweep(): void {
    const now = this.#now()
    for (const [edge, link] of this.#links) {
      const silence = now - link.aliveAt
      if (silence > this.#silenceMs) this.#empty(link)
      if (silence > FORGET_MS) this.#links.delete(edge)
    }
  }

  get sessions(): number {
    return this.#sessions
  }

  #detach(queue: UserQueue, device: RegisterEntry['device'], session: DeviceSession): void {
    queue.sessions?.delete(device)
    this.#sessions--
    if (queue.sessions?.size === 0) queue.sessions = null
    const linked = queue.links?.get(session.link)
    if (linked === undefined || --linked.sessions > 0) return
    queue.links?.delete(session.link)
    if (queue.links?.size === 0) queue.links = null
    session.link.users.delete(queue)
  }

  #empty(link: EdgeLink): void {
    this.#dirty.delete(link)
    for (const queue of link.users.keys()) {
      for (const [device, session] of queue.sessions ?? [])
        if (session.link === link) this.#detach(queue, device, session)
    }
  }
}
