import type { Answer } from './connection.ts'
import type { WeftError } from './errors.ts'
import type { Limits } from './options.ts'
import type { Ack, ChannelId, Cid, OutboxEntry } from './types.ts'
import { type Json, number, text } from './wire.ts'

export interface LaneActions {
  /** Puts a frame on the connection; `done` is called once. */
  request(frame: Json, done: (answer: Answer) => void): void
  /** Its status changed. */
  changed(entry: OutboxEntry, ack?: Ack): void
  /** The token ran out in the middle: connect again with a new one. */
  reauthenticate(): void
}

interface Lane {
  readonly waiting: OutboxEntry[]
  /** In the order sent. */
  flying: OutboxEntry[]
  /** Until then nothing is sent; set by a refusal that may be tried again. */
  heldUntil: number
  timer?: ReturnType<typeof setTimeout>
}

const jitter = (ms: number) => ms * (1 + Math.random() / 4)

/**
 * Sends each channel's entries in order, several on their way at once. A refusal that may be tried again holds the
 * channel: the server gives everything in flight after it the same answer, so all of it goes back in its old order.
 * A refusal for good fails that entry alone. When the connection ends, all in flight goes out again with its cid.
 */
export class OutboxLanes {
  readonly #limits: Limits
  readonly #actions: LaneActions
  readonly #lanes = new Map<ChannelId, Lane>()
  #connected = false
  /** Answers of an earlier connection are not this one's. */
  #generation = 0
  #inFlight = 0
  /** Sent on a connection that ended without an answer: these may have been kept. */
  readonly #unsure = new Set<Cid>()

  constructor(limits: Limits, actions: LaneActions) {
    this.#limits = limits
    this.#actions = actions
  }

  add(entry: OutboxEntry): void {
    this.#lane(entry.channel).waiting.push(entry)
    this.#pump(entry.channel)
  }

  up(): void {
    this.#connected = true
    for (const channel of this.#lanes.keys()) this.#pump(channel)
  }

  down(): void {
    this.#connected = false
    this.#generation += 1
    this.#inFlight = 0
    for (const lane of this.#lanes.values()) {
      for (const { cid } of lane.flying) this.#unsure.add(cid)
      // Some of those sent before them may have been refused and wait already: the order decides, not who came back when.
      for (const entry of lane.flying) putBack(lane.waiting, entry)
      lane.flying = []
    }
  }

  /** Takes out an entry that never left; false if it may be on its way. */
  discard(cid: Cid): boolean {
    for (const lane of this.#lanes.values()) {
      const index = lane.waiting.findIndex((entry) => entry.cid === cid && entry.status === 'queued')
      if (index >= 0) return lane.waiting.splice(index, 1).length > 0
    }
    return false
  }

  /** The send came back through the queue: it was kept, whether or not its ack arrives. */
  kept(ack: Ack): void {
    const lane = this.#lanes.get(ack.channel)
    if (!lane) return
    const entry = [...lane.flying, ...lane.waiting].find(({ cid }) => cid === ack.cid)
    if (entry) this.#acked(lane, entry, ack)
  }

  clear(): void {
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer)
    this.#lanes.clear()
    this.#unsure.clear()
    this.#generation += 1
    this.#inFlight = 0
  }

  #lane(channel: ChannelId): Lane {
    const known = this.#lanes.get(channel)
    if (known) return known
    const made: Lane = { waiting: [], flying: [], heldUntil: 0 }
    this.#lanes.set(channel, made)
    return made
  }

  #pump(channel: ChannelId): void {
    const lane = this.#lane(channel)
    if (!this.#connected || lane.timer !== undefined) return
    if (lane.heldUntil > 0) {
      // Everything that was in flight has its answer before the first is sent again: only so the order holds.
      if (lane.flying.length > 0) return
      const waitMs = lane.heldUntil - performance.now()
      if (waitMs > 0) return this.#wakeIn(lane, channel, waitMs)
      lane.heldUntil = 0
    }
    while (lane.flying.length < this.#limits.inFlightPerChannel && this.#inFlight < this.#limits.inFlight) {
      const entry = lane.waiting.shift()
      if (!entry) return
      this.#send(lane, entry)
    }
  }

  #wakeIn(lane: Lane, channel: ChannelId, ms: number): void {
    lane.timer = setTimeout(() => {
      delete lane.timer
      this.#pump(channel)
    }, ms)
  }

  #send(lane: Lane, queued: OutboxEntry): void {
    const entry: OutboxEntry = { ...queued, status: 'sent' }
    const generation = this.#generation
    lane.flying.push(entry)
    this.#inFlight += 1
    if (queued.status !== 'sent') this.#actions.changed(entry)
    this.#actions.request(sendFrame(entry), (answer) => {
      if (generation !== this.#generation || !lane.flying.includes(entry)) return
      if ('ok' in answer) this.#acked(lane, entry, ackOf(answer.ok, entry))
      else this.#refused(lane, entry, answer.error)
    })
  }

  #acked(lane: Lane, entry: OutboxEntry, ack: Ack): void {
    this.#takeOut(lane, entry)
    this.#unsure.delete(entry.cid)
    this.#actions.changed({ ...entry, status: 'acked', seq: ack.seq, at: ack.at }, ack)
    this.#pumpAll(entry.channel)
  }

  #refused(lane: Lane, entry: OutboxEntry, error: WeftError): void {
    // The connection's end is told by `down`, which puts everything back at once.
    if (error.code === 'offline') return
    if (error.code === 'unauthenticated') return this.#actions.reauthenticate()
    this.#takeOut(lane, entry)
    if (error.shouldRetry()) {
      const queued: OutboxEntry = { ...entry, status: this.#unsure.has(entry.cid) ? 'sent' : 'queued' }
      putBack(lane.waiting, queued)
      lane.heldUntil = Math.max(lane.heldUntil, performance.now() + jitter((error.retryAfter ?? 1) * 1000))
      this.#actions.changed(queued)
    } else {
      this.#unsure.delete(entry.cid)
      this.#actions.changed({ ...entry, status: 'failed', error })
    }
    this.#pumpAll(entry.channel)
  }

  #takeOut(lane: Lane, entry: OutboxEntry): void {
    const flying = lane.flying.indexOf(entry)
    if (flying >= 0) {
      lane.flying.splice(flying, 1)
      this.#inFlight -= 1
    } else {
      const waiting = lane.waiting.indexOf(entry)
      if (waiting >= 0) lane.waiting.splice(waiting, 1)
    }
  }

  /** A free place in the overall window may be another channel's. */
  #pumpAll(first: ChannelId): void {
    this.#pump(first)
    const lane = this.#lane(first)
    // A lane with nothing in it would be kept for ever.
    if (lane.flying.length + lane.waiting.length === 0 && lane.timer === undefined) this.#lanes.delete(first)
    for (const channel of this.#lanes.keys()) {
      if (this.#inFlight >= this.#limits.inFlight) return
      this.#pump(channel)
    }
  }
}

/** Where it stood before: among what waits, `order` says it. */
function putBack(waiting: OutboxEntry[], entry: OutboxEntry): void {
  const index = waiting.findIndex((other) => other.order > entry.order)
  waiting.splice(index < 0 ? waiting.length : index, 0, entry)
}

function sendFrame({ channel, cid, body, options }: OutboxEntry): Json {
  const { ack, replyTo, quote, mentions, mentionAll, forward } = options
  return {
    t: 'send',
    channel,
    cid,
    body,
    ...(ack === undefined ? {} : { ack }),
    ...(replyTo === undefined ? {} : { reply_to: replyTo }),
    ...(quote === undefined ? {} : { quote }),
    ...(mentions === undefined ? {} : { mentions }),
    ...(mentionAll === undefined ? {} : { mention_all: mentionAll }),
    ...(forward === undefined ? {} : { forward: { channel: forward.channel, seq: forward.seq } }),
  }
}

function ackOf(frame: Json, { channel, cid }: OutboxEntry): Ack {
  const level = frame.level === 'region' || frame.level === 'global' ? frame.level : undefined
  return {
    channel,
    cid,
    seq: number(frame.seq) ?? 0,
    at: text(frame.at) ?? '',
    duplicate: frame.duplicate === true,
    ...(level === undefined ? {} : { level }),
  }
}
