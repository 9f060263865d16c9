import { MAX_PAGE_BYTES } from '../../../../shared/fabric/registry.ts'
import type { LiveEvent, OpenRequest, OpenResponse } from '../../../../shared/fabric/wire/live.ts'
import { WeftError } from '../../../../shared/protocol/errors.ts'
import type { ChannelId, EdgeId } from '../../../../shared/protocol/ids.ts'
import type { Channel } from '../channel.ts'
import { LiveLink } from './live-link.ts'
import { LiveBudget, type LiveEntry, LiveTail } from './live-tail.ts'

/** An edge that says nothing for so long has no sessions any more (ms). */
const EDGE_SILENCE_MS = 10_000
/** A link without channels is remembered this long, since its numbers must not begin anew (ms). */
const FORGET_MS = 24 * 60 * 60 * 1000
const EVENT_OVERHEAD_BYTES = 96
const NOTHING = new Uint8Array(0)

export type LiveOptions = {
  readonly maxBytes: number
  readonly channel: (id: ChannelId) => Channel | undefined
  /** Monotonic ms. */
  readonly now: () => number
}

/** The edges where channels of this partition are open: each committed record goes once to each of them. */
export class Live {
  readonly #options: LiveOptions
  readonly #budget: LiveBudget
  readonly #links = new Map<EdgeId, LiveLink>()
  readonly #dirty = new Set<LiveLink>()
  /** Told of each record of a channel whose messages aren't in the queues. */
  onMoved: (channel: Channel) => void = () => {}
  #send: (edge: EdgeId, bytes: Uint8Array) => void = () => {}
  #address = { partition: 0, term: 0 }

  constructor(options: LiveOptions) {
    this.#options = options
    this.#budget = new LiveBudget(options.maxBytes)
  }

  begin(
    address: { readonly partition: number; readonly term: number },
    send: (edge: EdgeId, bytes: Uint8Array) => void,
  ): void {
    this.#address = address
    this.#send = send
  }

  /** A record that stands. Nothing is kept of a channel that nobody opens and whose messages are in the queues. */
  show(channel: Channel, entry: LiveEntry): void {
    if (channel.fanout === 'read' && entry.isToldToAll !== true) this.onMoved(channel)
    if (channel.live === null) {
      if (channel.fanout === 'queue') return
      channel.live = new LiveTail(this.#budget, entry.rev, entry.isMessage ? entry.head - 1 : entry.head)
    }
    channel.live.add(entry)
    if (channel.live.links.size === 0) return
    const event = { channel: channel.id, ...eventOf(entry, channel.live) }
    for (const link of channel.live.links) {
      link.add(event)
      this.#dirty.add(link)
    }
  }

  /** An event that is kept nowhere, at once to all who have the channel open. */
  pass(channel: Channel, json: Uint8Array): void {
    for (const link of channel.live?.links ?? []) {
      link.pass(channel.id, json)
      link.flush()
    }
  }

  flush(): void {
    for (const link of this.#dirty) link.flush()
    this.#dirty.clear()
  }

  /** Events that an answer would need and that are still sealed. */
  *sealedIn(request: OpenRequest): Generator<NonNullable<LiveEntry['event']>> {
    const live = this.#options.channel(request.channel)?.live
    if (live === null || live === undefined) return
    let bytes = 0
    for (const { event } of live.after(Math.max(live.first - 1, request.afterRev ?? 0))) {
      if (event === null) continue
      bytes += event.bytes
      if (bytes > MAX_PAGE_BYTES) return
      if (event.sealed !== null) yield event
    }
  }

  /**
   * What was missed, and registration, in one step: it runs between two commits and reads only what stands, so what is
   * answered and what is sent from the next commit on meet without a seam. Null if the edge is known as a newer one.
   * @throws `bad_frame` for a place beyond the head.
   */
  open(channel: Channel, request: OpenRequest): OpenResponse | null {
    const link = this.#link(request.edge, request.incarnation)
    if (link === null) return null
    const head = channel.readable
    const headRev = channel.readableRev
    if ((request.after ?? 0) > head)
      throw new WeftError('bad_frame', `after: the channel's newest message is ${head}`)
    if ((request.afterRev ?? 0) > headRev)
      throw new WeftError('bad_frame', `after_rev: the channel's newest record is ${headRev}`)
    channel.live ??= new LiveTail(this.#budget, headRev + 1, head)
    const { live } = channel
    const answer = (status: OpenResponse['status'], rev: number, more: Partial<OpenResponse> = {}) => ({
      status,
      term: this.#address.term,
      number: link.number,
      head,
      headRev,
      rev,
      first: 0,
      last: 0,
      events: [],
      ...more,
    })
    const from = startOf(live, request, headRev)
    if (from < live.first - 1) {
      const before = request.after ?? live.firstHead - (live.first - 1 - from)
      const first = Math.max(before, 0) + 1
      return answer('history', live.first - 1, { first, last: live.firstHead })
    }
    const events: LiveEvent[] = []
    let room = MAX_PAGE_BYTES
    for (const entry of live.after(from)) {
      // Still sealed: its key wasn't loaded when this step began.
      if (entry.event?.sealed) return answer('page', events.at(-1)?.rev ?? from, { events })
      const event = eventOf(entry, live)
      room -= event.json.length + EVENT_OVERHEAD_BYTES
      if (room < 0 && events.length > 0) return answer('page', events.at(-1)?.rev ?? from, { events })
      events.push(event)
    }
    live.links.add(link)
    link.channels.set(channel.id, request.turn)
    return answer('live', headRev, { events })
  }

  close(edge: EdgeId, incarnation: number, channels: readonly { channel: ChannelId; turn: number }[]): void {
    const link = this.#links.get(edge)
    if (link?.incarnation !== incarnation) return
    for (const { channel, turn } of channels) {
      // It may have been opened there again since.
      if ((link.channels.get(channel) ?? Number.POSITIVE_INFINITY) <= turn) this.#detach(link, channel)
    }
  }

  edgeAlive(edge: EdgeId, incarnation: number): void {
    const link = this.#links.get(edge)
    if (link === undefined || link.incarnation > incarnation) return
    if (link.incarnation === incarnation) link.aliveAt = this.#options.now()
    else this.#forget(link)
  }

  /** Once a second: edges hear the number of the last message; those that fell silent are forgotten. */
  beat(isValid: boolean): void {
    const now = this.#options.now()
    for (const link of this.#links.values()) {
      const silence = now - link.aliveAt
      if (silence > EDGE_SILENCE_MS)
        for (const channel of [...link.channels.keys()]) this.#detach(link, channel)
      if (silence > FORGET_MS) this.#forget(link)
      else if (isValid && link.channels.size > 0) link.beat()
    }
  }

  #link(edge: EdgeId, incarnation: number): LiveLink | null {
    const known = this.#links.get(edge)
    if (known !== undefined && known.incarnation > incarnation) return null
    if (known?.incarnation === incarnation) {
      known.aliveAt = this.#options.now()
      return known
    }
    if (known !== undefined) this.#forget(known)
    const send = (bytes: Uint8Array) => this.#send(edge, bytes)
    const link = new LiveLink(edge, incarnation, this.#options.now(), this.#address, send)
    this.#links.set(edge, link)
    return link
  }

  #forget(link: LiveLink): void {
    for (const channel of [...link.channels.keys()]) this.#detach(link, channel)
    this.#dirty.delete(link)
    this.#links.delete(link.edge)
  }

  #detach(link: LiveLink, id: ChannelId): void {
    link.channels.delete(id)
    const channel = this.#options.channel(id)
    if (channel === undefined || channel.live === null) return
    channel.live.links.delete(link)
    // The queues have what comes next.
    if (channel.live.links.size === 0 && channel.fanout === 'queue') channel.live = null
  }
}

/** The record after which the answer begins. */
function startOf(live: LiveTail, { after, afterRev }: OpenRequest, headRev: number): number {
  if (afterRev !== null) return afterRev
  if (after === null) return headRev
  return after < live.firstHead ? 0 : live.revBefore(after)
}

const eventOf = (entry: LiveEntry, live: LiveTail): LiveEvent => ({
  rev: entry.rev,
  json: live.told(entry) ?? NOTHING,
  ends: entry.ends,
})
