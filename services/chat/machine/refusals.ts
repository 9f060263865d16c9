import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'

/** Sessions and channels with a refused send that are remembered; the oldest are forgotten first. */
const REMEMBERED = 50_000

/**
 * Sends of one session to one channel commit in the order sent. So when one is refused for a passing reason, those
 * that were pipelined behind it (their flow is no higher) are refused too, until the client has seen it.
 */
export class Refusals {
  readonly #flows = new Map<string, number>()

  isBehindRefused(command: SendCommand): boolean {
    const refused = this.#flows.get(keyOf(command))
    return refused !== undefined && command.flow <= refused
  }

  add(command: SendCommand): void {
    const key = keyOf(command)
    this.#flows.delete(key)
    this.#flows.set(key, command.flow)
    if (this.#flows.size <= REMEMBERED) return
    const oldest = this.#flows.keys().next()
    if (!oldest.done) this.#flows.delete(oldest.value)
  }
}

const keyOf = (command: SendCommand): string => `${command.session}/${command.channel}`
