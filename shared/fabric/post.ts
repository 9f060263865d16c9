import type { NatsConnection } from '@nats-io/transport-node'
import type { Log } from '../log/log.ts'

type Listener = { readonly handle: (bytes: Uint8Array) => void; readonly log: Log; readonly subject: string }

/**
 * Messages for the one listener of a subject: an edge, or the owner of a partition in one term. Where that listener is
 * in this very process they go straight to it, in order, in the next turn of the event loop: through NATS each would
 * cost two system calls here and two there. As with NATS, one for whom nobody listens is gone, and whoever sent it asks
 * again. The bytes are shared: neither side may change them.
 */
export class Post {
  readonly #nc: NatsConnection
  readonly #listeners = new Map<string, Listener>()
  #waiting: { readonly to: Listener; readonly bytes: Uint8Array }[] = []

  constructor(nc: NatsConnection) {
    this.#nc = nc
  }

  send(subject: string, bytes: Uint8Array): void {
    const to = this.#listeners.get(subject)
    if (to === undefined) {
      this.#nc.publish(subject, bytes)
      return
    }
    if (this.#waiting.length === 0) setImmediate(() => this.#deliver())
    this.#waiting.push({ to, bytes })
  }

  /** As the only listener, to what is sent here and through NATS. A message that can't be read is logged and left out. */
  listen(subject: string, log: Log, handle: (bytes: Uint8Array) => void): () => void {
    const listener: Listener = { handle, log, subject }
    this.#listeners.set(subject, listener)
    const unsubscribe = this.#subscribe(listener)
    return () => {
      unsubscribe()
      if (this.#listeners.get(subject) === listener) this.#listeners.delete(subject)
    }
  }

  /** As one of many, to what is published in NATS. */
  follow(subject: string, log: Log, handle: (bytes: Uint8Array) => void): () => void {
    return this.#subscribe({ handle, log, subject })
  }

  #subscribe(listener: Listener): () => void {
    const { subject, log } = listener
    const subscription = this.#nc.subscribe(subject, {
      callback: (error, message) => {
        if (error) log.error({ err: error, subject }, 'a subscription broke')
        else hand(listener, message.data)
      },
    })
    return () => subscription.unsubscribe()
  }

  #deliver(): void {
    const waiting = this.#waiting
    // What is sent from now on has its own turn: whoever else waits comes first.
    this.#waiting = []
    for (const { to, bytes } of waiting) if (this.#listeners.get(to.subject) === to) hand(to, bytes)
  }
}

function hand({ handle, log, subject }: Listener, bytes: Uint8Array): void {
  try {
    handle(bytes)
  } catch (error) {
    log.error({ err: error, subject }, 'a message could not be read')
  }
}
