import type { Handler, Unsubscribe } from './api/client.ts'
import { toError } from './errors.ts'
import type { ClientEvents } from './events.ts'

type Kind = keyof ClientEvents

/** Handlers by kind. One that throws doesn't keep the others, or the queue, from going on: it becomes a `problem`. */
export class Emitter {
  readonly #handlers: { [K in Kind]?: Set<Handler<K>> } = {}

  on<K extends Kind>(kind: K, handler: Handler<K>): Unsubscribe {
    const handlers = this.#of(kind)
    handlers.add(handler)
    return () => void handlers.delete(handler)
  }

  emit<K extends Kind>(kind: K, event: ClientEvents[K]): void {
    for (const handler of [...this.#of(kind)]) {
      try {
        handler(event)
      } catch (thrown) {
        // A problem handler's own error would come back to it for ever.
        if (kind === 'problem') reportError(thrown)
        else this.problem(thrown)
      }
    }
  }

  /** Without a handler for problems, it goes where uncaught errors go, but stops nothing here. */
  problem(thrown: unknown): void {
    if (this.#of('problem').size > 0) this.emit('problem', toError(thrown))
    else reportError(thrown)
  }

  #of<K extends Kind>(kind: K): Set<Handler<K>> {
    const known: Set<Handler<K>> | undefined = this.#handlers[kind]
    if (known) return known
    const made = new Set<Handler<K>>()
    const handlers: { [P in K]?: Set<Handler<P>> } = this.#handlers
    handlers[kind] = made
    return made
  }
}

function reportError(thrown: unknown): void {
  console.error('weft:', thrown)
}
