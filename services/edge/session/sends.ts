import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { MAX_MESSAGE_BYTES, subjects } from '../../../shared/fabric/registry.ts'
import {
  type BatchPlace,
  decodeAnswers,
  encodeChatBatch,
  type SendAnswer,
  type SendCommand,
} from '../../../shared/fabric/wire/chat-batch.ts'
import type { Mentions } from '../../../shared/fabric/wire/mentions.ts'
import type { Log } from '../../../shared/log/log.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, Cid, EdgeId } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { EdgeConfig } from '../config.ts'
import { metrics } from '../metrics.ts'
import { type HeldSend, HeldSends } from './held-sends.ts'
import { SendWindows } from './send-window.ts'
import type { Greeted, Session } from './session.ts'

/** How often sends without an answer are looked for (ms). */
const EXPIRE_EVERY_MS = 100
const BATCH_OVERHEAD_BYTES = 1024
/** Ids and lengths of one send in a batch, at most. */
const SEND_OVERHEAD_BYTES = 400

export type SendRequest = {
  readonly id: number
  readonly channel: ChannelId
  readonly cid: Cid
  /** The seq that it replies to; 0 = none. */
  readonly replyTo: number
  readonly mentions: Mentions
  /** `"body":…` and the optional fields, as JSON without braces. */
  readonly content: string
  /** Why there is no content: the answer, unless the cid was sent before. */
  readonly refusal?: WeftError
}

/** A send that waits for its answer. */
export type Pending = {
  readonly request: number
  readonly session: Session
  readonly id: number
  readonly channel: ChannelId
  readonly cid: Cid
  readonly partition: number
  readonly term: number
  readonly flow: number
  /** Of its content. */
  readonly bytes: number
  readonly sentAt: number
  readonly refusal: WeftError | null
}

const acked = metrics.sends.labels('ack')

type Batch = { readonly term: number; sends: SendCommand[]; bytes: number }

/** Where this edge is in its batches to the owner of a partition (`BatchPlace`). */
type Numbering = { readonly term: number; run: number; number: number }

/** Takes sends to the owners of their channels' partitions, a batch a tick, and their answers back. */
export class Sends {
  readonly #config: EdgeConfig
  readonly #fabric: Fabric
  readonly #directory: Directory
  readonly #edge: EdgeId
  readonly #log: Log
  /** In the order sent, so the first is the one that has waited longest. */
  readonly #pending = new Map<number, Pending>()
  readonly #windows = new SendWindows()
  readonly #held: HeldSends
  readonly #batches = new Map<number, Batch>()
  readonly #numberings = new Map<number, Numbering>()
  readonly #stops: (() => void)[] = []
  #nextRequest = 1
  #scheduled = false

  constructor(parts: {
    readonly config: EdgeConfig
    readonly fabric: Fabric
    readonly directory: Directory
    readonly edge: EdgeId
    readonly log: Log
  }) {
    this.#config = parts.config
    this.#fabric = parts.fabric
    this.#directory = parts.directory
    this.#edge = parts.edge
    this.#log = parts.log
    this.#held = new HeldSends({
      limitMs: parts.config.sendDeadlineMs,
      send: ({ session, greeted }, request) => this.#take(session, greeted, request, performance.now()),
      refuse: ({ session, channel, id }, error) => this.#refuseHeld(session, channel, id, error),
    })
  }

  start(): void {
    const { post, region } = this.#fabric
    const stopListening = post.listen(subjects.answers(region, this.#edge), this.#log, (bytes) =>
      this.#onAnswers(bytes),
    )
    const timer = setInterval(() => {
      this.#expire(performance.now())
      this.#windows.report()
    }, EXPIRE_EVERY_MS)
    this.#stops.push(
      stopListening,
      () => clearInterval(timer),
      this.#directory.onOwner((kind, partition, term) => {
        if (kind === 'log') this.#onOwner(partition, term)
      }),
    )
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  get inFlight(): number {
    return this.#pending.size
  }

  send(session: Session, greeted: Greeted, send: SendRequest): void {
    const { id, channel } = send
    const flow = session.flows.of(channel)
    const now = performance.now()
    const barred = session.flows.barred(flow, session.pongsHeard, now)
    if (barred !== null) this.#refuseOne(session, id, barred, null)
    else if (!flow.isHeld) this.#take(session, greeted, send, now)
    else this.#hold({ session, greeted, id, channel, bytes: send.content.length, look: () => send }, now)
  }

  /** A send that has to be looked up first. What comes behind it in its channel waits for it. */
  forward(held: HeldSend): void {
    const { session, id, channel } = held
    const now = performance.now()
    const barred = session.flows.barred(session.flows.of(channel), session.pongsHeard, now)
    if (barred === null) this.#hold(held, now)
    else this.#refuseOne(session, id, barred, null)
  }

  #hold(held: HeldSend, now: number): void {
    const { session, id, channel } = held
    const flow = session.flows.of(channel)
    const full = this.#fullness(session)
    // What is held came before it, and goes on: only what comes behind is barred.
    if (full === null) this.#held.hold(flow, held)
    else session.flows.bar(flow, full, this.#refuseOne(session, id, full, now), now)
  }

  #take(session: Session, greeted: Greeted, send: SendRequest, now: number): void {
    const flow = session.flows.of(send.channel)
    const partition = this.#directory.partitionOf('log', send.channel)
    const term = this.#directory.term('log', partition)
    const refusal = this.#refusal(session, partition, term, now)
    if (refusal !== null || term === undefined) {
      const error = refusal ?? unavailable('this channel has no owner just now')
      this.#refuseUnsent(session, send.channel, send.id, error, now)
      return
    }
    const { identity, device } = greeted
    const content = Buffer.from(send.content)
    const request = this.#nextRequest
    this.#nextRequest = request === 0xffffffff ? 1 : request + 1
    const pending: Pending = {
      request,
      session,
      id: send.id,
      channel: send.channel,
      cid: send.cid,
      partition,
      term,
      flow: flow.flow,
      bytes: content.length,
      sentAt: now,
      refusal: send.refusal ?? null,
    }
    this.#pending.set(request, pending)
    this.#windows.sent(partition)
    flow.inFlight.add(pending)
    session.pending.add(pending)
    session.pendingBytes += pending.bytes
    metrics.sendsInFlight.inc()
    this.#enqueue(partition, term, {
      request,
      session: session.id,
      flow: flow.flow,
      channel: send.channel,
      user: identity.user,
      device,
      cid: send.cid,
      replyTo: send.replyTo,
      mentions: send.mentions,
      content,
    })
  }

  /** Answers to a session that has ended go nowhere. What it sent is stored or not, as its cids will tell. */
  forget(session: Session): void {
    for (const pending of [...session.pending]) this.#settle(pending)
  }

  #refusal(session: Session, partition: number, term: number | undefined, now: number): WeftError | null {
    if (term === undefined) return unavailable('this channel has no owner just now')
    if (!this.#fabric.connected()) return unavailable('the fabric is out of reach')
    const full = this.#fullness(session)
    if (full !== null) return full
    if (this.#windows.isFull(partition)) return unavailable('more is coming in than can be made durable')
    const wait = session.sendBucket?.take(now) ?? 0
    return wait > 0 ? new WeftError('rate_limited', 'too many sends', { retryAfter: wait }) : null
  }

  #fullness(session: Session): WeftError | null {
    const { limits, sendsPerConnection, sendBytesPerConnection, sendsPerEdge } = this.#config
    const isFull =
      session.pending.size + session.sendsHeld >= sendsPerConnection ||
      session.pendingBytes >= sendBytesPerConnection
    if (limits === 'on' && isFull)
      return new WeftError('rate_limited', 'too many sends wait for their ack', { retryAfter: 0.5 })
    return this.#pending.size + this.#held.count >= sendsPerEdge
      ? unavailable('this edge is at its limit')
      : null
  }

  #enqueue(partition: number, term: number, command: SendCommand): void {
    const bytes = command.content.length + SEND_OVERHEAD_BYTES
    let batch = this.#batches.get(partition)
    if (
      batch !== undefined &&
      (batch.term !== term || batch.bytes + bytes > MAX_MESSAGE_BYTES - BATCH_OVERHEAD_BYTES)
    ) {
      this.#publish(partition, batch)
      batch = undefined
    }
    if (batch === undefined) {
      batch = { term, sends: [], bytes: 0 }
      this.#batches.set(partition, batch)
    }
    batch.sends.push(command)
    batch.bytes += bytes
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const [at, gathered] of this.#batches) this.#publish(at, gathered)
      this.#batches.clear()
    })
  }

  #publish(partition: number, { term, sends }: Batch): void {
    const { post, region } = this.#fabric
    const place = this.#nextPlace(partition, term)
    post.send(subjects.chatIn(region, partition, term), encodeChatBatch({ edge: this.#edge, place, sends }))
  }

  #nextPlace(partition: number, term: number): BatchPlace {
    let numbering = this.#numberings.get(partition)
    if (numbering?.term !== term) {
      numbering = { term, run: 0, number: 0 }
      this.#numberings.set(partition, numbering)
    }
    return { run: numbering.run, number: numbering.number++ }
  }

  /** A batch never reached the owner: whatever is under way to it is refused, in the order sent, and a new run begins. */
  #onLost({ partition, term }: Pending, error: WeftError, now: number): void {
    const numbering = this.#numberings.get(partition)
    if (numbering?.term === term) {
      numbering.run++
      numbering.number = 0
    }
    if (this.#batches.get(partition)?.term === term) this.#batches.delete(partition)
    metrics.batchesLost.inc()
    this.#refuseAll(partition, (pending) => pending.term === term, error, now)
  }

  #refuseAll(partition: number, isMeant: (pending: Pending) => boolean, error: WeftError, now: number): void {
    for (const pending of [...this.#pending.values()]) {
      const isUnderWay = this.#pending.has(pending.request)
      if (isUnderWay && pending.partition === partition && isMeant(pending)) this.#refuse(pending, error, now)
    }
  }

  #onAnswers(data: Uint8Array): void {
    const now = performance.now()
    for (const answer of decodeAnswers(data)) {
      const pending = this.#pending.get(answer.request)
      if (pending === undefined) continue
      this.#answer(pending, answer, now)
    }
  }

  #answer(pending: Pending, answer: SendAnswer, now: number): void {
    if (!answer.ok) {
      const { code, message, retryAfter } = answer
      const error = new WeftError(code, message, retryAfter > 0 ? { retryAfter } : {})
      if (answer.lost) return this.#onLost(pending, error, now)
      if (code === 'unavailable') this.#windows.refused(pending.partition, now)
      if (error.shouldRetry()) return this.#refuse(pending, error, now)
      this.#settle(pending)
      return this.#answerError(pending.session, pending.id, pending.refusal ?? error)
    }
    this.#settle(pending)
    if (answer.duplicate) metrics.sends.inc({ outcome: 'duplicate' })
    else acked.inc()
    this.#windows.acked(pending.partition)
    metrics.ackSeconds.observe((now - pending.sentAt) / 1000)
    // Ids hold no character that JSON would escape.
    pending.session.answer(
      pending.id,
      `{"t":"ack","id":${pending.id},"channel":"${pending.channel}","seq":${answer.seq},` +
        `"at":"${isoTime(answer.at)}","cid":"${pending.cid}",` +
        `"duplicate":${answer.duplicate},"level":"region"}`,
    )
  }

  /** A refusal for a passing reason takes what was sent after it along: the owner refuses that too. */
  #refuse(first: Pending, error: WeftError, now: number): void {
    const { session, channel } = first
    const flow = session.flows.of(channel)
    const refused: Pending[] = []
    let isAfter = false
    for (const pending of flow.inFlight) {
      if (pending === first) isAfter = true
      if (isAfter && pending.flow <= first.flow) refused.push(pending)
    }
    flow.flow = Math.max(flow.flow, first.flow + 1)
    flow.refusals++
    let ping = session.pingsSent
    for (const pending of refused) {
      this.#settle(pending, true)
      ping = this.#refuseOne(session, pending.id, error, now)
    }
    session.flows.bar(flow, error, ping, now)
  }

  #refuseHeld(session: Session, channel: ChannelId, id: number, error: WeftError): void {
    if (error.cause !== undefined) this.#log.warn({ err: error.cause }, 'a forward could not be looked up')
    if (error.shouldRetry()) this.#refuseUnsent(session, channel, id, error, performance.now())
    else this.#answerError(session, id, error)
  }

  /** One that never left. */
  #refuseUnsent(session: Session, channel: ChannelId, id: number, error: WeftError, now: number): void {
    const flow = session.flows.of(channel)
    flow.refusals++
    session.flows.bar(flow, error, this.#refuseOne(session, id, error, now), now)
  }

  /** The client's answer to the ping of this number, which follows the error, tells that it has seen it. */
  #refuseOne(session: Session, id: number, error: WeftError, now: number | null): number {
    metrics.sends.inc({ outcome: error.code })
    return session.refuse(id, error, now)
  }

  #answerError(session: Session, id: number, error: WeftError): void {
    metrics.sends.inc({ outcome: error.code })
    session.error(id, error)
  }

  #settle(pending: Pending, keepFlow = false): void {
    if (!this.#pending.delete(pending.request)) return
    this.#windows.settled(pending.partition)
    metrics.sendsInFlight.dec()
    pending.session.pending.delete(pending)
    pending.session.pendingBytes -= pending.bytes
    const flow = pending.session.flows.of(pending.channel)
    flow.inFlight.delete(pending)
    if (!keepFlow) pending.session.flows.settle(pending.channel, flow)
  }

  #expire(now: number): void {
    for (const pending of this.#pending.values()) {
      if (now - pending.sentAt < this.#config.sendDeadlineMs) return
      this.#refuse(pending, unavailable('the send was not confirmed in time: send it again'), now)
    }
  }

  /** Whatever the owner before had not answered may be lost: the client sends it again. */
  #onOwner(partition: number, term: number): void {
    const error = unavailable('this channel has changed its owner: send it again', 0.1)
    this.#refuseAll(partition, (pending) => pending.term < term, error, performance.now())
  }
}
