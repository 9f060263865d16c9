import { sleep } from './backoff.ts'
import type { Answer } from './connection.ts'
import type { WeftError } from './errors.ts'
import type { ChannelId } from './types.ts'
import { Wants } from './wants.ts'
import { type Json, number, text } from './wire.ts'

export interface OpenActions {
  /** Puts a frame on the connection; `done` is called once. */
  request(frame: Json, done: (answer: Answer) => void): void
  deliver(event: Json): void
  /** What was missed can't be had: who shows the channel must fetch it again. */
  lost(channel: ChannelId): void
  /** Live events come from now on, and none of those up to message `seq`. */
  begun(channel: ChannelId, seq: number): void
  /** Ends with the connection. */
  session(): AbortSignal
  problem(error: unknown): void
}

interface Opened {
  /** The newest record that was told; `undefined` before the first. Records without an event have a number too. */
  rev: number | undefined
  /** The newest message that came by this way; messages have no holes. */
  seq: number
  /** Came by the user's queue before they came by this way. */
  readonly early: Set<string>
  /** Opened anew after this message, to fill a hole: what comes before the answer comes again after it. */
  healing: boolean
  /** The message before the hole that opening anew didn't fill. */
  holeAfter: number | undefined
}

/** Events remembered that came by the other way first. */
const MAX_EARLY = 1_000

const nameOf = (event: Json): string | undefined => {
  if (event.kind === 'head') return undefined
  if (event.kind === 'message') return `message ${number(event.seq)}`
  const rev = number(event.rev)
  return rev === undefined ? undefined : `rev ${rev}`
}

/**
 * The live events of opened channels: they pass without being kept, so each names its place in the channel. Every new
 * connection opens them again from where the last one ended, and so does a hole in the messages. What comes by the
 * user's queue as well is told once.
 */
export class OpenChannels {
  readonly #actions: OpenActions
  readonly #wanted = new Wants<ChannelId>()
  readonly #opened = new Map<ChannelId, Opened>()
  #connected = false

  constructor(actions: OpenActions) {
    this.#actions = actions
  }

  up(): void {
    this.#connected = true
    for (const channel of this.#wanted.all) this.#open(channel)
  }

  down(): void {
    this.#connected = false
    for (const opened of this.#opened.values()) opened.healing = false
  }

  want(tab: string, channels: readonly ChannelId[]): void {
    const { added, gone } = this.#wanted.set(tab, channels)
    for (const channel of added) {
      this.#opened.set(channel, {
        rev: undefined,
        seq: 0,
        early: new Set(),
        healing: false,
        holeAfter: undefined,
      })
      if (this.#connected) this.#open(channel)
    }
    for (const channel of gone) {
      this.#opened.delete(channel)
      if (this.#connected) this.#actions.request({ t: 'close', channel }, (answer) => this.#refused(answer))
    }
  }

  clear(): void {
    this.#opened.clear()
    this.#wanted.clear()
  }

  /** An event of the user's queue. False: it was told already. */
  fromQueue(event: Json): boolean {
    const opened = this.#opened.get(text(event.channel) ?? '')
    const name = opened && nameOf(event)
    if (!opened || name === undefined) return true
    const rev = number(event.rev)
    const told =
      event.kind === 'message' ? (number(event.seq) ?? 0) <= opened.seq : (rev ?? 0) <= (opened.rev ?? 0)
    if (told) return false
    opened.early.add(name)
    if (opened.early.size > MAX_EARLY) this.#forgetOldest(opened)
    return true
  }

  /** A live event, without a cursor. False: it isn't one of an opened channel's records. */
  live(event: Json): boolean {
    // A mark says how far the channel is; it isn't one of its records.
    if (event.kind === 'head') return false
    const channel = text(event.channel) ?? ''
    const opened = this.#opened.get(channel)
    const rev = number(event.rev)
    const seq = event.kind === 'message' ? number(event.seq) : undefined
    if (!opened || (rev === undefined && seq === undefined)) return false
    if (opened.healing) return true
    if (seq !== undefined && opened.seq > 0 && seq > opened.seq + 1) {
      if (opened.holeAfter !== opened.seq) {
        this.#heal(channel, opened)
        return true
      }
      // Nor does the server have it any longer: whoever shows the channel asks the history.
      this.#actions.lost(channel)
    }
    this.#tell(opened, event, rev, seq)
    return true
  }

  #heal(channel: ChannelId, opened: Opened): void {
    opened.healing = true
    opened.holeAfter = opened.seq
    this.#open(channel)
  }

  #tell(opened: Opened, event: Json, rev: number | undefined, seq: number | undefined): void {
    const told = seq === undefined ? (rev ?? 0) <= (opened.rev ?? 0) : seq <= opened.seq
    if (rev !== undefined) opened.rev = Math.max(opened.rev ?? 0, rev)
    if (told) return
    if (seq !== undefined) opened.seq = seq
    const name = nameOf(event)
    if (name !== undefined && opened.early.delete(name)) return
    this.#actions.deliver(event)
  }

  #open(channel: ChannelId): void {
    const opened = this.#opened.get(channel)
    if (!opened) return
    const after = opened.rev === undefined ? {} : { after_rev: opened.rev }
    this.#actions.request({ t: 'open', channel, ...after }, (answer) => {
      if ('error' in answer) {
        const { error } = answer
        if (error.code === 'conflict' || error.code === 'bad_frame') return this.#begin(channel, opened)
        if (error.shouldRetry() && error.code !== 'offline') return this.#openLater(channel, error)
        return this.#refused(answer)
      }
      opened.healing = false
      if (opened.rev === undefined) this.#actions.begun(channel, number(answer.ok.seq) ?? 0)
      opened.rev ??= number(answer.ok.rev)
      if (opened.seq === 0) opened.seq = number(answer.ok.seq) ?? 0
    })
  }

  /** The place that we were at is no longer known: from now on, and what is on the screen is fetched again. */
  #begin(channel: ChannelId, opened: Opened): void {
    if (opened.rev === undefined) return
    opened.rev = undefined
    opened.seq = 0
    this.#actions.lost(channel)
    this.#open(channel)
  }

  #openLater(channel: ChannelId, error: WeftError): void {
    void sleep((error.retryAfter ?? 1) * 1000, this.#actions.session()).then(() => {
      if (this.#connected) this.#open(channel)
    })
  }

  #forgetOldest(opened: Opened): void {
    for (const oldest of opened.early) {
      opened.early.delete(oldest)
      return
    }
  }

  #refused(answer: Answer): void {
    if ('error' in answer && !answer.error.shouldRetry()) this.#actions.problem(answer.error)
  }
}
