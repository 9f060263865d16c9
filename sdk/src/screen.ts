import type { Timeline, Unsubscribe } from './api/client.ts'
import type { Emitter } from './emitter.ts'
import type { WeftEvent } from './events.ts'
import type { Http } from './http.ts'
import type { Limits } from './options.ts'
import { PresenceApi } from './presence.ts'
import { ThreadBook } from './threads.ts'
import { ChannelTimeline } from './timeline.ts'
import type { ChannelId, HistoryPage, HistoryQuery, UserId } from './types.ts'
import { type TypingLimits, TypingSender, Typists } from './typing.ts'
import type { Command, Update } from './update.ts'
import type { View } from './view.ts'
import { RefCounts } from './wants.ts'

export interface ScreenContext {
  /** Names this tab to the core. */
  readonly tab: string
  readonly http: Http
  readonly limits: TypingLimits & Pick<Limits, 'backoffBaseMs' | 'backoffMaxMs'>
  readonly view: View
  readonly emitter: Emitter
  user(): UserId | undefined
  command(command: Command): void
  history(channel: ChannelId, query: HistoryQuery): Promise<HistoryPage>
}

/** What this one tab shows: timelines, who is watched, who types, which channels are open. A new core is told all of it. */
export class Screen {
  readonly presence: PresenceApi
  readonly threads: ThreadBook
  readonly #context: ScreenContext
  readonly #timelines = new Set<ChannelTimeline>()
  readonly #opened = new RefCounts<ChannelId>()
  readonly #sender: TypingSender
  readonly #typists: Typists
  #visible: boolean | undefined

  constructor(context: ScreenContext) {
    this.#context = context
    const { limits, emitter } = context
    this.presence = new PresenceApi(context)
    this.threads = new ThreadBook({
      http: context.http,
      limits,
      me: () => context.user(),
      changed: (threads) => emitter.emit('threads', threads),
      problem: (error) => emitter.problem(error),
    })
    this.#sender = new TypingSender(limits, (channel, on) => context.command({ type: 'typing', channel, on }))
    this.#typists = new Typists(limits.typingOverMs, (event) => emitter.emit('typing', event))
  }

  typing(channel: ChannelId, on: boolean): void {
    this.#sender.set(channel, on)
  }

  typists(channel: ChannelId): readonly UserId[] {
    return this.#typists.of(channel)
  }

  sent(channel: ChannelId): void {
    this.#sender.sent(channel)
  }

  open(id: ChannelId): Unsubscribe {
    if (this.#opened.add([id])) this.#tellOpened()
    let ended = false
    return () => {
      if (ended) return
      ended = true
      if (this.#opened.remove([id])) this.#tellOpened()
    }
  }

  timeline(channel: ChannelId, limit: number | undefined): Timeline {
    const { context, close } = { context: this.#context, close: this.open(channel) }
    const timeline: ChannelTimeline = new ChannelTimeline(channel, limit, {
      me: () => context.user(),
      history: (query) => context.history(channel, query),
      problem: (error) => context.emitter.problem(error),
      closed: () => {
        this.#timelines.delete(timeline)
        close()
      },
    })
    this.#timelines.add(timeline)
    timeline.loadNewest().catch((error: unknown) => context.emitter.problem(error))
    return timeline
  }

  visible(on: boolean): void {
    this.#visible = on
    this.#context.command({ type: 'visible', tab: this.#context.tab, on })
  }

  took(event: WeftEvent): void {
    if (event.kind === 'presence') this.presence.took(event)
    if (event.kind === 'typing') this.#typists.took(event)
    // Who has said it types no longer.
    if (event.kind === 'message') this.#typists.end(event.channel, event.from)
    this.threads.took(event)
    for (const timeline of this.#timelines) timeline.took(event)
  }

  apply(update: Update): void {
    if (update.type === 'thread-read') this.threads.read(update.channel, update.thread, update.seq)
    if (update.type === 'reset') {
      this.threads.missed()
      for (const timeline of this.#timelines) timeline.missed()
    }
    if (update.type === 'missed') this.threads.missed(update.channel)
    if (update.type !== 'missed' && update.type !== 'opened') return
    for (const timeline of this.#timelines) {
      if (timeline.channel !== update.channel) continue
      if (update.type === 'missed') timeline.missed()
      else timeline.opened(update.seq)
    }
  }

  /** To a core that knows nothing of this tab. */
  tell(): void {
    this.presence.tell()
    this.#tellOpened()
    if (this.#visible !== undefined) this.visible(this.#visible)
  }

  /** This tab shows nothing any longer. */
  stop(): void {
    const { tab } = this.#context
    this.#sender.close()
    this.#typists.close()
    this.threads.stop()
    this.#context.command({ type: 'watch', tab, users: [] })
    this.#context.command({ type: 'open', tab, channels: [] })
    this.#context.command({ type: 'visible', tab })
  }

  #tellOpened(): void {
    this.#context.command({ type: 'open', tab: this.#context.tab, channels: this.#opened.held })
  }
}
