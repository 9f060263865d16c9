import { channelClose, channelOpen } from '../../../../shared/fabric/calls.ts'
import type { Fabric } from '../../../../shared/fabric/connection.ts'
import type { Directory } from '../../../../shared/fabric/directory.ts'
import { subjects } from '../../../../shared/fabric/registry.ts'
import {
  decodeLiveBatch,
  type LiveEvent,
  type OpenResponse,
  PASSING_REV,
} from '../../../../shared/fabric/wire/live.ts'
import type { Log } from '../../../../shared/log/log.ts'
import { toWeftError, unavailable, WeftError } from '../../../../shared/protocol/errors.ts'
import type { ChannelId, EdgeId, UserId } from '../../../../shared/protocol/ids.ts'
import { PAGE_MAX } from '../../../../shared/protocol/limits.ts'
import { metrics } from '../../metrics.ts'
import { historyPage } from '../../routes/history-page.ts'
import { LOW_WATER_BYTES } from '../catch-up-limits.ts'
import { Feeds } from '../feeds.ts'
import type { Greeted, Session } from '../session.ts'
import { Slots } from '../slots.ts'
import { passingFrame } from '../splice.ts'
import type { Broadcaster } from './broadcaster.ts'
import { historyFrame, liveFrame } from './frame.ts'
import { OpenChannel, type Reader, toWaiting } from './open-channel.ts'

const BACKOFF_FIRST_MS = 20
const BACKOFF_LAST_MS = 2_000
const CHECK_EVERY_MS = 1_000
/** Requests for what was missed that are under way at once. */
const ASKING_MAX = 256

export type Place = { readonly after: number | null; readonly afterRev: number | null }

export type OpenChannelsParts = {
  readonly fabric: Fabric
  readonly directory: Directory
  readonly broadcaster: Broadcaster
  readonly edge: EdgeId
  readonly incarnation: number
  /** Channels that one session may have open. */
  readonly openChannelsMax: number
  readonly log: Log
}

/**
 * The channels that sessions of this edge have open. Their records come live, once an edge, and are written to all their
 * sessions; what a session missed before it opened, or the edge on the way, is asked of the channel's owner by `rev`.
 */
export class OpenChannels {
  readonly #parts: OpenChannelsParts
  readonly #channels = new Map<ChannelId, OpenChannel>()
  readonly #bySession = new Map<Session, Map<ChannelId, Reader>>()
  /** How far each LOG partition's messages have been seen. */
  readonly #feeds = new Feeds()
  readonly #slots = new Slots(ASKING_MAX)
  readonly #stops: (() => void)[] = []
  #closing = new Map<number, { readonly channel: ChannelId; readonly turn: number }[]>()
  #turn = 0

  constructor(parts: OpenChannelsParts) {
    this.#parts = parts
  }

  start(): void {
    const { fabric, directory, edge, log } = this.#parts
    const timer = setInterval(() => this.#checkSilence(), CHECK_EVERY_MS)
    this.#stops.push(
      fabric.post.listen(subjects.live(fabric.region, edge), log, (bytes) => this.#onBatch(bytes)),
      directory.onOwner((kind, partition) => {
        if (kind === 'log') this.#renew(partition, 'new-owner')
      }),
      () => clearInterval(timer),
    )
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  /** Answers `ok`, then sends what was missed, then what comes live. Opened again, it begins anew. @throws `too_large` */
  open(session: Session, { identity }: Greeted, id: number, channel: ChannelId, place: Place): void {
    const mine = this.#bySession.get(session) ?? new Map<ChannelId, Reader>()
    const present = mine.get(channel)
    const { openChannelsMax } = this.#parts
    if (present === undefined && mine.size >= openChannelsMax)
      throw new WeftError('too_large', `channel: a session has at most ${openChannelsMax} channels open`)
    const opened = this.#channels.get(channel) ?? this.#newChannel(channel)
    this.#bySession.set(session, mine)
    const reader = present === undefined ? opened.newReader(session, identity.user) : this.#again(present)
    mine.set(channel, reader)
    void this.#bringUp(reader, id, place)
  }

  /** How far the session was sent the channel's records. @throws `not_found` if it isn't open. */
  close(session: Session, channel: ChannelId): void {
    const reader = this.#bySession.get(session)?.get(channel)
    if (reader === undefined) throw new WeftError('not_found', 'channel: it is not open')
    this.#end(reader)
  }

  forget(session: Session): void {
    for (const reader of this.#bySession.get(session)?.values() ?? []) this.#end(reader)
  }

  #newChannel(id: ChannelId): OpenChannel {
    const channel = new OpenChannel(id, this.#parts.directory.partitionOf('log', id), ++this.#turn)
    this.#channels.set(id, channel)
    return channel
  }

  #end(reader: Reader): void {
    const { channel, session } = reader
    this.#parts.broadcaster.leave(reader)
    const mine = this.#bySession.get(session)
    if (mine?.get(channel.id) === reader) mine.delete(channel.id)
    if (mine?.size === 0) this.#bySession.delete(session)
    if (channel.readers.size > 0 || this.#channels.get(channel.id) !== channel) return
    this.#channels.delete(channel.id)
    if (this.#closing.size === 0) setImmediate(() => this.#tellClosed())
    const { id, partition, turn } = channel
    const closing = this.#closing.get(partition) ?? []
    closing.push({ channel: id, turn })
    this.#closing.set(partition, closing)
  }

  #tellClosed(): void {
    const { directory, edge, incarnation, log } = this.#parts
    const closing = this.#closing
    this.#closing = new Map()
    for (const [partition, channels] of closing)
      directory
        .callPartition(channelClose, 'log', partition, { edge, incarnation, channels })
        // Harmless: what comes for them is dropped here, until this edge is silent or gone.
        .catch((error: unknown) => log.debug({ err: error }, 'channels could not be closed'))
  }

  // --- live ---

  #onBatch(bytes: Uint8Array): void {
    const batch = decodeLiveBatch(bytes)
    if (batch.incarnation !== this.#parts.incarnation) return
    const verdict = this.#feeds.observe(batch, performance.now())
    if (verdict === 'stale') return
    for (const event of batch.events) {
      const channel = this.#channels.get(event.channel)
      if (channel !== undefined) this.#take(channel, event)
    }
    if (verdict !== 'ok') this.#renew(batch.partition, verdict)
  }

  #take(channel: OpenChannel, event: LiveEvent): void {
    if (event.rev === PASSING_REV) {
      if (channel.rev !== null) this.#parts.broadcaster.add(channel, passingFrame(event.json))
      return
    }
    if (channel.held !== null || channel.rev === null) {
      channel.held?.push(event)
      return
    }
    if (event.rev <= channel.rev) return
    if (event.rev > channel.rev + 1) {
      channel.held = [event]
      void this.#resume(channel)
    } else this.#advance(channel, event)
  }

  /** The next record of a channel, for all who have it open. */
  #advance(channel: OpenChannel, event: LiveEvent): void {
    const { broadcaster } = this.#parts
    const frame = event.json.length === 0 ? null : liveFrame(event)
    channel.rev = event.rev
    if (frame !== null && channel.readers.size > channel.waiting.size) broadcaster.add(channel, frame)
    for (const reader of channel.waiting) {
      toWaiting(reader, event.rev, frame)
      this.#joinIfThere(reader)
    }
    if (event.ends.length === 0) return
    const ended = new Set(event.ends)
    for (const reader of [...channel.readers.values()]) if (ended.has(reader.user)) this.#end(reader)
  }

  #joinIfThere(reader: Reader): void {
    const { channel } = reader
    if (reader.state === 'joining' && channel.rev !== null && channel.rev >= reader.last)
      this.#parts.broadcaster.join(reader)
  }

  #renew(partition: number, why: string): void {
    let isAny = false
    for (const channel of this.#channels.values()) {
      if (channel.partition !== partition || channel.rev === null) continue
      isAny = true
      void this.#resume(channel)
    }
    if (isAny) metrics.gaps.inc({ why })
  }

  #checkSilence(): void {
    if (!this.#parts.fabric.connected()) return
    for (const partition of this.#feeds.silent(performance.now())) {
      this.#feeds.renew(partition, performance.now())
      this.#renew(partition, 'silence')
    }
  }

  // --- what was missed ---

  /** What the edge missed of a channel, for all of its sessions. */
  async #resume(channel: OpenChannel): Promise<void> {
    channel.held ??= []
    if (channel.isResuming) return
    channel.isResuming = true
    for (let failures = 0; this.#channels.get(channel.id) === channel; ) {
      try {
        const answer = await this.#ask(channel, null, { after: null, afterRev: channel.rev })
        if (answer === null) throw new WeftError('unavailable', 'the owner that answered is one no more')
        failures = 0
        for (const event of answer.events)
          if (event.rev === (channel.rev ?? 0) + 1) this.#advance(channel, event)
        if (answer.status === 'page') continue
        if (answer.status === 'history') return this.#restart(channel)
        break
      } catch (error) {
        this.#parts.log.warn({ err: error }, 'a channel that is open could not be followed; trying again')
        await backoff(failures++)
      }
    }
    channel.isResuming = false
    this.#release(channel)
  }

  /** What came meanwhile, in its order. */
  #release(channel: OpenChannel): void {
    const held = channel.held ?? []
    channel.held = null
    for (const event of held) this.#take(channel, event)
  }

  /** More is missing than the owner holds: each asks for itself, and who may no longer read is told so. */
  #restart(channel: OpenChannel): void {
    const from = { after: null, afterRev: channel.rev }
    channel.isResuming = false
    channel.rev = null
    channel.held = []
    for (const reader of [...channel.readers.values()]) {
      if (reader.state === 'asking') continue
      const again = this.#again(reader)
      const place = reader.state === 'joined' ? from : { after: null, afterRev: reader.last }
      void this.#bringUp(again, null, place)
    }
  }

  #again(reader: Reader): Reader {
    const { channel, session, user } = reader
    this.#parts.broadcaster.leave(reader)
    const again = channel.newReader(session, user)
    this.#bySession.get(session)?.set(channel.id, again)
    return again
  }

  /** What one session missed; then it gets what all get. */
  async #bringUp(reader: Reader, id: number | null, place: Place): Promise<void> {
    const { session, channel } = reader
    let isAnswered = id === null
    let from = place
    for (let failures = 0; this.#isOpen(reader); ) {
      try {
        const answer = await this.#ask(channel, reader.user, from)
        if (!this.#isOpen(reader)) return
        if (answer === null) {
          await backoff(failures++)
          continue
        }
        failures = 0
        if (!isAnswered && id !== null) session.frame({ t: 'ok', id, seq: answer.head, rev: answer.headRev })
        isAnswered = true
        if (answer.status === 'history') await this.#sendHistory(reader, answer)
        for (const event of answer.events)
          if (event.json.length > 0) session.text(liveFrame(event).toString())
        from = { after: null, afterRev: answer.rev }
        if (answer.status === 'live' && this.#caughtUp(reader, answer.rev)) return
        await session.whenDrained(LOW_WATER_BYTES)
      } catch (error) {
        if (!this.#isOpen(reader)) return
        const refusal = toWeftError(error)
        if (isAnswered && refusal.shouldRetry()) {
          await backoff(failures++)
          continue
        }
        this.#end(reader)
        session.error(isAnswered ? undefined : (id ?? undefined), refusal)
      }
    }
  }

  /** False if more came meanwhile than was kept for it. */
  #caughtUp(reader: Reader, rev: number): boolean {
    const { channel } = reader
    if (channel.rev === null) {
      channel.rev = rev
      this.#release(channel)
    }
    const { pending, overrun } = reader
    reader.pending = []
    reader.overrun = false
    if (overrun) return false
    reader.state = 'joining'
    reader.last = rev
    for (const event of pending) toWaiting(reader, event.rev, event.frame)
    this.#joinIfThere(reader)
    return true
  }

  async #sendHistory({ channel, session, user }: Reader, { first, last }: OpenResponse): Promise<void> {
    for (let next = first; next <= last && !session.closed; ) {
      const messages = await this.#history(channel.id, user, next, last)
      for (const message of messages) session.text(historyFrame(message))
      next += messages.length
      await session.whenDrained(LOW_WATER_BYTES)
    }
  }

  async #history(channel: ChannelId, user: UserId, first: number, last: number) {
    const { directory } = this.#parts
    const limit = Math.min(PAGE_MAX, last - first + 1)
    const page = await historyPage(directory, { channel, user, limit, after: first - 1 })
    if (page.partial) throw unavailable('the store lacks a part of what was missed')
    return page.messages
  }

  /** Null if who answered owns the partition no more. */
  async #ask(channel: OpenChannel, user: UserId | null, place: Place): Promise<OpenResponse | null> {
    const { directory, edge, incarnation } = this.#parts
    await this.#slots.acquire()
    try {
      const { id, turn, partition } = channel
      const request = { channel: id, user, edge, incarnation, turn, ...place }
      const answer = await directory.callOwner(channelOpen, 'log', id, request)
      const verdict = this.#feeds.answered(partition, answer.term, answer.number, performance.now())
      if (verdict === 'gap' || verdict === 'new-owner') this.#renew(partition, verdict)
      return verdict === 'stale' ? null : answer
    } finally {
      this.#slots.release()
    }
  }

  #isOpen(reader: Reader): boolean {
    const { session, channel } = reader
    return !session.closed && this.#bySession.get(session)?.get(channel.id) === reader
  }
}

const backoff = (failures: number): Promise<void> =>
  new Promise((resolve) =>
    setTimeout(resolve, 5 + Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** failures)),
  )
