import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import { NewestMap } from '../../../shared/newest-map.ts'

/** Sessions and channels with a refused send that are remembered at least; the oldest are forgotten first. */
const REMEMBERED = 50_000

/**
 * Sends of one session to one channel commit in the order sent. So when one is refused for a passing reason, those
 * that were pipelined behind it (their flow is no higher) are refused too, until the client has seen it. Those that
 * came before it stay: an overload that refused what it has room for would only be more of one.
 */
export class Refusals {
  readonly #flows = new NewestMap<string, Refused>(REMEMBERED)

  isBehindRefused(command: SendCommand): boolean {
    if (this.#flows.isEmpty) return false
    const refused = this.#flows.get(keyOf(command))
    if (refused === undefined || command.flow > refused.flow) return false
    return command.flow < refused.flow || !isBefore(command.request, refused.request)
  }

  add(command: SendCommand): void {
    const { flow, request } = command
    const key = keyOf(command)
    const known = this.#flows.get(key)
    const isKnown =
      known !== undefined && (known.flow > flow || (known.flow === flow && !isBefore(request, known.request)))
    this.#flows.set(key, isKnown ? known : { flow, request })
  }
}

/** Of the flow, the first refused: an edge numbers its requests in the order sent. */
type Refused = { readonly flow: number; readonly request: number }

/** The numbers begin again at 2³². */
const isBefore = (a: number, b: number): boolean => (a - b) >> 31 !== 0

const keyOf = (command: SendCommand): string => `${command.session}/${command.channel}`
