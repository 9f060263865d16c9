import { Backoff, sleep } from './backoff.ts'
import type { Answer } from './connection.ts'
import { WeftError } from './errors.ts'
import type { Limits } from './options.ts'
import type { ChannelId } from './types.ts'
import { Wants } from './wants.ts'
import { type Json, number, text } from './wire.ts'

export interface OpenActions {
  /** Puts a frame on the connection; `done` is called once. */
  request(frame: Json, done: (answer: Answer) => void): void
  deliver(event: Json): void
  /** What changed after `rev`, ascending, and whether there is more. */
  changes(channel: ChannelId, rev: number): Promise<{ events: readonly Json[]; more: boolean }>
  /** What was missed can't be had: who shows the channel must fetch it again. */
  lost(channel: ChannelId): void
  /** Ends with the connection. */
  session(): AbortSignal
  problem(error: unknown): void
}

interface Opened {
  /** Every record up to here has been told; `undefined` before the first. */
  rev: number | undefined
  /** The newest message that came by this way. */
  seq: number
  /** Came by the user's queue before they came by this way. */
  readonly early: Set<string>
  /** Came past a hole that is being filled. */
  readonly held: Json[]
  healing: boolean
}

/** Events held while a hole is filled, and remembered of the other way; past it the channel is fetched anew. */
const MAX_HELD = 1_000

const nameOf = (event: Json): string | undefined => {
  if (event.kind === 'message') return `message ${number(event.seq)}`
  const rev = number(event.rev)
  return rev === undefined ? undefined : `rev ${rev}`
}

/**
 * The live events of opened channels: they pass without being kept, so each names its place in the channel (`rev`), holes
 * are filled over HTTP, and every new connection opens them again from where the last one ended. What comes by the
 * user's queue as well is told once.
 */
export class OpenChannels {
  readonly #actions: OpenActions
  readonly #limits: Limits
  readonly #wanted = new Wants<ChannelId>()
  readonly #opened = new Map<ChannelId, Opened>()
  #connected = false

  constructor(limits: Limits, actions: OpenActions) {
    this.#limits = limits
    this.#actions = actions
  }

  up(): void {
    this.#connected = true
    for (const channel of this.#wanted.all) this.#open(channel)
  }

  down(): void {
    this.#connected = false
  }

  want(tab: string, channels: readonly ChannelId[]): void {
    const { added, gone } = this.#wanted.set(tab, channels)
    for (const channel of added) {
      this.#opened.set(channel, { rev: undefined, seq: 0, early: new Set(), held: [], healing: false })
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
    if (opened.early.size > MAX_HELD) this.#forgetOldest(opened)
    return true
  }

  /** A live event, without a cursor. False: it isn't one of an opened channel's records. */
  live(event: Json): boolean {
    const channel = text(event.channel) ?? ''
    const opened = this.#opened.get(channel)
    const rev = number(event.rev)
    if (!opened || rev === undefined) return false
    if (opened.healing) {
      if (opened.held.length < MAX_HELD) opened.held.push(event)
      return true
    }
    if (opened.rev !== undefined && rev > opened.rev + 1) {
      opened.held.push(event)
      void this.#heal(channel, opened, opened.rev)
    } else this.#tell(opened, event, rev)
    return true
  }

  #tell(opened: Opened, event: Json, rev: number): void {
    if (opened.rev !== undefined && rev <= opened.rev) return
    opened.rev = rev
    if (event.kind === 'message') opened.seq = Math.max(opened.seq, number(event.seq) ?? 0)
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
      opened.rev ??= number(answer.ok.rev)
      if (opened.seq === 0) opened.seq = number(answer.ok.seq) ?? 0
    })
  }

  /** The place that we were at is no longer known: from now on, and what is on the screen is fetched again. */
  #begin(channel: ChannelId, opened: Opened): void {
    if (opened.rev === undefined) return
    opened.rev = undefined
    this.#actions.lost(channel)
    this.#open(channel)
  }

  #openLater(channel: ChannelId, error: WeftError): void {
    void sleep((error.retryAfter ?? 1) * 1000, this.#actions.session()).then(() => {
      if (this.#connected) this.#open(channel)
    })
  }

  async #heal(channel: ChannelId, opened: Opened, from: number): Promise<void> {
    opened.healing = true
    const signal = this.#actions.session()
    const backoff = new Backoff(this.#limits.backoffBaseMs, this.#limits.backoffMaxMs)
    for (let after = from; !signal.aborted && this.#opened.get(channel) === opened; ) {
      try {
        const { events, more } = await this.#actions.changes(channel, after)
        for (const event of events) {
          const rev = number(event.rev)
          if (rev !== undefined) this.#tell(opened, event, rev)
        }
        if (!more || opened.rev === undefined || opened.rev <= after) break
        after = opened.rev
      } catch (error) {
        if (!(error instanceof WeftError) || !error.shouldRetry()) {
          this.#actions.problem(error)
          this.#actions.lost(channel)
          break
        }
        await sleep(backoff.nextMs((error.retryAfter ?? 0) * 1000), signal)
      }
    }
    opened.healing = false
    if (opened.held.length >= MAX_HELD) this.#actions.lost(channel)
    for (const event of opened.held.splice(0)) this.#tell(opened, event, number(event.rev) ?? 0)
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
