import { metrics } from '../metrics.ts'
import type { Session } from './session.ts'
import { Splicer } from './splice.ts'

/** A refusal waits so long for something else that goes to its session (ms): a write of its own costs more than all that led to it. */
const REFUSAL_WAIT_MS = 25
/** So many don't wait. */
const REFUSALS_WAITING = 100
/** Of what a client may owe, the part beyond which it gets no passing events: what is kept has the rest. */
const PASSING_SHARE = 0.25
const PING = '{"t":"ping"}'

/** A text, a whole frame that may be left out, or an event. */
type Item = string | Uint8Array | EventItem
type EventItem = { readonly epoch: string; readonly n: number; readonly json: Uint8Array }

/** Errors that wait for the next write to their session. */
type Refusals = { readonly texts: string[]; ping: boolean }

/**
 * What sessions are to be sent, gathered over a tick of the event loop and written to each socket at once. A client
 * that doesn't take what it is owed is closed rather than buffered for: it resumes from its cursor.
 */
export class Outgoing {
  readonly #limitBytes: number
  readonly #splicer = new Splicer()
  readonly #pending = new Map<Session, Item[]>()
  readonly #refusals = new Map<Session, Refusals>()
  #scheduled = false
  #waiting = false

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  text(session: Session, text: string): void {
    this.#add(session, text)
  }

  event(session: Session, epoch: string, n: number, json: Uint8Array): void {
    this.#add(session, { epoch, n, json })
  }

  /** A frame that nobody will miss: left out where the client already owes much. */
  passing(session: Session, frame: Uint8Array): void {
    this.#add(session, frame)
  }

  /**
   * An error that may wait a moment; with `ping`, a ping follows it, one for all that wait.
   * Returns whether that is one more than before.
   */
  refusal(session: Session, text: string, ping: boolean): boolean {
    const waiting = this.#refusals.get(session) ?? { texts: [], ping: false }
    const isNew = ping && !waiting.ping
    waiting.texts.push(text)
    waiting.ping ||= ping
    this.#refusals.set(session, waiting)
    if (waiting.texts.length >= REFUSALS_WAITING) this.#write(session, [])
    if (!this.#waiting) {
      this.#waiting = true
      setTimeout(() => this.#flushRefusals(), REFUSAL_WAIT_MS)
    }
    return isNew
  }

  flushOne(session: Session): void {
    const items = this.#pending.get(session) ?? []
    this.#pending.delete(session)
    if (items.length > 0 || this.#refusals.has(session)) this.#write(session, items)
  }

  forget(session: Session): void {
    this.#pending.delete(session)
    this.#refusals.delete(session)
  }

  #add(session: Session, item: Item): void {
    const items = this.#pending.get(session)
    if (items === undefined) this.#pending.set(session, [item])
    else items.push(item)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    for (const [session, items] of this.#pending) {
      this.#pending.delete(session)
      this.#write(session, items)
    }
  }

  #flushRefusals(): void {
    this.#waiting = false
    for (const session of [...this.#refusals.keys()]) this.flushOne(session)
  }

  #write(session: Session, items: readonly Item[]): void {
    if (session.closed) return
    const { socket } = session
    const refusals = this.#refusals.get(session)
    if (refusals !== undefined) this.#refusals.delete(session)
    let events = 0
    let passed = 0
    socket.cork(() => {
      // First: a ping among the items must not be answered by one who hasn't seen them.
      if (refusals !== undefined) {
        for (const text of refusals.texts) socket.send(text)
        if (refusals.ping) socket.send(PING)
      }
      for (const item of items) {
        if (typeof item === 'string') socket.send(item)
        else if (item instanceof Uint8Array) {
          if (socket.buffered() > this.#limitBytes * PASSING_SHARE) continue
          socket.send(item)
          passed++
        } else {
          socket.send(this.#splicer.frame(item.epoch, item.n, item.json))
          events++
        }
      }
    })
    if (events > 0) metrics.eventsOut.inc({ way: session.feed.live ? 'live' : 'catch-up' }, events)
    if (passed > 0) metrics.eventsOut.inc({ way: 'passing' }, passed)
    if (socket.buffered() > this.#limitBytes) session.close('TRY_AGAIN_LATER')
  }
}
