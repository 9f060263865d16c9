import { toWeftError, unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'
import type { ChannelFlow } from './flow.ts'
import type { Pending, SendRequest } from './sends.ts'
import type { Greeted, Session } from './session.ts'
import { withLimit } from './with-limit.ts'

export type HeldSend = {
  readonly session: Session
  readonly greeted: Greeted
  readonly id: number
  readonly channel: ChannelId
  /** Of its content, as far as it is known; the session owes for them meanwhile. */
  readonly bytes: number
  /** What to send: of a forward it has to be looked up. */
  readonly look: () => SendRequest | Promise<SendRequest>
}

/** `refusals`: of its flow when it came. One more since then, of something before it, and it is refused too. */
type Waiting = HeldSend & { readonly refusals: number }
type Flow = ChannelFlow<Pending>

export type HeldSendsOptions = {
  /** A look that takes longer is given up (ms). */
  readonly limitMs: number
  readonly send: (held: HeldSend, request: SendRequest) => void
  readonly refuse: (held: HeldSend, error: WeftError) => void
}

/**
 * Forwards whose message is being looked up, and the sends of the same session and channel that came behind them: they
 * leave in the order sent, one look after the other. Other sends are never held, and pay nothing for it.
 */
export class HeldSends {
  readonly #options: HeldSendsOptions
  readonly #queues = new Map<Flow, Waiting[]>()
  #count = 0

  constructor(options: HeldSendsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#count
  }

  hold(flow: Flow, held: HeldSend): void {
    this.#count++
    held.session.sendsHeld++
    held.session.pendingBytes += held.bytes
    const waiting = { ...held, refusals: flow.refusals }
    const queue = this.#queues.get(flow)
    if (queue !== undefined) {
      queue.push(waiting)
      return
    }
    flow.isHeld = true
    const begun = [waiting]
    this.#queues.set(flow, begun)
    void this.#work(flow, begun)
  }

  async #work(flow: Flow, queue: Waiting[]): Promise<void> {
    for (let first = queue.shift(); first !== undefined; first = queue.shift()) {
      const { session, channel } = first
      const looked = await this.#look(flow, first)
      this.#count--
      session.sendsHeld--
      session.pendingBytes -= first.bytes
      if (!session.closed) {
        if (looked instanceof WeftError) this.#options.refuse(first, looked)
        else this.#options.send(first, looked)
      }
      if (queue.length > 0) continue
      this.#queues.delete(flow)
      flow.isHeld = false
      session.flows.settle(channel, flow)
    }
  }

  async #look(flow: Flow, { session, look, refusals }: Waiting): Promise<SendRequest | WeftError> {
    const isBehindRefused = () => flow.refusals > refusals
    try {
      if (session.closed || isBehindRefused()) return BEHIND_REFUSED
      const request = await withLimit(look(), this.#options.limitMs, 'what is forwarded was not read in time')
      return isBehindRefused() ? BEHIND_REFUSED : request
    } catch (error) {
      return toWeftError(error)
    }
  }
}

const BEHIND_REFUSED = unavailable('a send before this one was refused')
