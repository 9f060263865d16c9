import type { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'

/** A client that never answers a ping is believed to have seen the refusal after this (ms). */
const BARRIER_MS = 2_000
const REMEMBERED_CHANNELS = 1_000

type Barrier = {
  readonly error: WeftError
  /** Lifted once the client has answered this many pings: it has then seen the refusal. */
  readonly pongs: number
  readonly until: number
}

/** One session's sends to one channel. */
export type ChannelFlow<Item> = {
  /** Goes with each send: the owner refuses those no higher than one that it refused. */
  flow: number
  /** In the order sent. */
  readonly inFlight: Set<Item>
  barrier: Barrier | null
  /** For passing reasons: what was held back before one of them is refused too. */
  refusals: number
  /** A forward is being looked up: what comes behind it waits. */
  isHeld: boolean
}

/**
 * Sends of one connection to one channel commit in the order sent. So after a refusal for a passing reason, those that
 * the client had pipelined behind it are refused with the same error until it must have seen that.
 */
export class ChannelFlows<Item = unknown> {
  readonly #channels = new Map<ChannelId, ChannelFlow<Item>>()
  /** Where a channel that is not remembered begins: above all that were forgotten. */
  #base = 0

  of(channel: ChannelId): ChannelFlow<Item> {
    const known = this.#channels.get(channel)
    if (known !== undefined) return known
    if (this.#channels.size >= REMEMBERED_CHANNELS) this.#forgetLapsed()
    const made: ChannelFlow<Item> = {
      flow: this.#base,
      inFlight: new Set(),
      barrier: null,
      refusals: 0,
      isHeld: false,
    }
    this.#channels.set(channel, made)
    return made
  }

  /**
   * The error that a send gets at once, if the client can't have seen the refusal of one before it. A cid that comes
   * again proves nothing: it may have been pipelined twice.
   */
  barred(flow: ChannelFlow<Item>, pongsHeard: number, now: number): WeftError | null {
    const { barrier } = flow
    if (barrier === null) return null
    if (pongsHeard >= barrier.pongs || now >= barrier.until) {
      flow.barrier = null
      return null
    }
    return barrier.error
  }

  /**
   * From now on sends of the channel are refused; a ping has to follow the error. A refusal that comes while another is
   * not seen yet begins anew: the client may answer the ping before without having seen this one.
   */
  bar(flow: ChannelFlow<Item>, error: WeftError, pongs: number, now: number): void {
    flow.barrier = { error, pongs, until: now + BARRIER_MS }
  }

  /** Forgets a channel that has nothing under way. */
  settle(channel: ChannelId, flow: ChannelFlow<Item>): void {
    if (flow.inFlight.size > 0 || flow.barrier !== null || flow.isHeld) return
    this.#base = Math.max(this.#base, flow.flow)
    this.#channels.delete(channel)
  }

  #forgetLapsed(): void {
    const now = performance.now()
    for (const [channel, flow] of this.#channels) {
      if (flow.barrier !== null && now >= flow.barrier.until) flow.barrier = null
      this.settle(channel, flow)
    }
  }
}
