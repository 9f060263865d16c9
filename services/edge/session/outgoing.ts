import { metrics } from '../metrics.ts'
import type { Session } from './session.ts'
import { Splicer } from './splice.ts'

type EventItem = { readonly epoch: string; readonly n: number; readonly json: Uint8Array }

/**
 * What sessions are to be sent, gathered over a tick of the event loop and written to each socket at once. A client
 * that doesn't take what it is owed is closed rather than buffered for: it resumes from its cursor.
 */
export class Outgoing {
  readonly #limitBytes: number
  readonly #splicer = new Splicer()
  readonly #pending = new Map<Session, (string | EventItem)[]>()
  #scheduled = false

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  text(session: Session, text: string): void {
    this.#add(session, text)
  }

  event(session: Session, epoch: string, n: number, json: Uint8Array): void {
    this.#add(session, { epoch, n, json })
  }

  flushOne(session: Session): void {
    const items = this.#pending.get(session)
    if (items === undefined) return
    this.#pending.delete(session)
    this.#write(session, items)
  }

  forget(session: Session): void {
    this.#pending.delete(session)
  }

  #add(session: Session, item: string | EventItem): void {
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

  #write(session: Session, items: readonly (string | EventItem)[]): void {
    if (session.closed) return
    const { socket } = session
    let events = 0
    socket.cork(() => {
      for (const item of items) {
        if (typeof item === 'string') socket.send(item)
        else {
          socket.send(this.#splicer.frame(item.epoch, item.n, item.json))
          events++
        }
      }
    })
    if (events > 0) metrics.eventsOut.inc({ way: session.feed.live ? 'live' : 'catch-up' }, events)
    if (socket.buffered() > this.#limitBytes) session.close('TRY_AGAIN_LATER')
  }
}
