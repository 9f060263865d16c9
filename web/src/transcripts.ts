import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelId, Client, Message, OutboxEntry, SendOptions } from '../../sdk/src/mod.ts'
import { announce } from './announce.ts'
import { gone, letDisappear } from './expiry.ts'
import { cidOfKey, joinLines, lineOfMessage, textOf, withReaction, withReply } from './lines.ts'
import { isMore, ThreadLog } from './thread-log.ts'
import { type Log, PAGE, RESTING, Timeline } from './timeline.ts'
import type { Line, Person } from './types.ts'

/** All lines of a conversation, those that don't stand in a thread, and the threads that were opened. */
export type Talk = {
  readonly lines: ReadonlySignal<readonly Line[]>
  readonly main: ReadonlySignal<readonly Line[]>
  readonly bySeq: ReadonlySignal<ReadonlyMap<number, Line>>
  /** By the seq that they began with. */
  readonly threads: Map<number, ThreadLog>
}

/** What was said in each conversation and what is on its way there. */
export class Transcripts {
  readonly #client: Client
  readonly #me: ReadonlySignal<Person | undefined>
  readonly #timelines = new Map<ChannelId, Timeline>()
  readonly #talks = new Map<ChannelId, Talk>()
  readonly #outbox = signal<readonly OutboxEntry[]>([])
  /** Acked, and not seen in the log yet. */
  readonly #acked = signal<readonly OutboxEntry[]>([])
  readonly #freshAfter = signal<number | undefined>(undefined)
  #opened: ChannelId | undefined
  /** Ends the live events of a large channel. */
  #unsubscribe: (() => void) | undefined

  constructor(client: Client, me: ReadonlySignal<Person | undefined>) {
    this.#client = client
    this.#me = me
    client.on('outbox', (entry) => this.#onOutbox(entry))
    const change = (channel: ChannelId, seq: number, how: (line: Line) => Line) =>
      this.#change(channel, seq, how)
    client.on('edited', ({ channel, seq, body, mentions }) =>
      change(channel, seq, (line) => ({
        ...line,
        text: textOf(body),
        edited: true,
        ...(mentions === undefined ? {} : { mentions }),
      })),
    )
    client.on('deleted', ({ channel, seq }) => change(channel, seq, gone))
    client.on('reaction', ({ channel, seq, user, emoji, on }) =>
      change(channel, seq, (line) => withReaction(line, emoji, on, user === client.user)),
    )
    client.on('pinned', ({ channel, seq, on }) => change(channel, seq, (line) => ({ ...line, pinned: on })))
    client.on('reset', () => this.catchUp())
  }

  /** What isn't acked. */
  get outbox(): ReadonlySignal<readonly OutboxEntry[]> {
    return this.#outbox
  }
  /** The last seq that had been read when one looked; `undefined` when nothing is new. */
  get freshAfter(): ReadonlySignal<number | undefined> {
    return this.#freshAfter
  }
  /** The conversation that is on the screen. */
  get opened(): ChannelId | undefined {
    return this.#opened
  }

  timelineOf(id: string): Timeline {
    let timeline = this.#timelines.get(id)
    if (timeline === undefined) {
      timeline = new Timeline(async (query) => {
        const page = await this.#client.history(id, query)
        return page.items.map((message) => this.#lineOf(message))
      })
      this.#timelines.set(id, timeline)
      this.#disappear(id, timeline)
    }
    return timeline
  }
  /** The lines of a conversation, those on their way included. */
  talkOf(id: string): Talk {
    let talk = this.#talks.get(id)
    if (talk === undefined) {
      const log = this.timelineOf(id).lines
      const lines = computed(() => {
        const entries = [...this.#acked.value, ...this.#outbox.value].filter((entry) => entry.channel === id)
        return joinLines(log.value, entries, this.#me.value?.id)
      })
      talk = {
        lines,
        main: computed(() => lines.value.filter((line) => line.thread === undefined)),
        bySeq: computed(() => new Map(lines.value.map((line) => [line.seq, line]))),
        threads: new Map(),
      }
      this.#talks.set(id, talk)
    }
    return talk
  }

  /** A thread of a conversation, from its own history. */
  threadLogOf(id: string, root: number): ThreadLog {
    const { threads } = this.talkOf(id)
    let thread = threads.get(root)
    if (thread === undefined) {
      thread = new ThreadLog(
        root,
        async (where) => {
          const { items, next } = await this.#client.history(id, { ...where, thread: root, limit: PAGE })
          return { lines: items.map((message) => this.#lineOf(message)), more: isMore(items.length, next) }
        },
        async () => {
          const [message] = (await this.#client.history(id, { after: root - 1, limit: 1 })).items
          return message && this.#lineOf(message)
        },
      )
      threads.set(root, thread)
      this.#disappear(id, thread)
      void thread.latest()
    }
    return thread
  }
  /** What a thread began with, the answers to it, and those on their way; without a hole. */
  linesOfThread(id: string, root: number): readonly Line[] {
    const thread = this.threadLogOf(id, root)
    const first = thread.older.value === 'none' ? thread.root.value : undefined
    const held = first === undefined ? thread.lines.value : [first, ...thread.lines.value]
    const entries = [...this.#acked.value, ...this.#outbox.value].filter(
      ({ channel, options }) => channel === id && options.replyTo === root,
    )
    return joinLines(held, entries, this.#me.value?.id)
  }

  async open(id: string): Promise<void> {
    const channel = this.#client.channels.get(id)
    if (channel === undefined) return
    this.#opened = id
    this.#unsubscribe?.()
    this.#unsubscribe = channel.fanout === 'read' ? this.#client.channels.open(id) : undefined
    this.#freshAfter.value = channel.unread > 0 ? channel.read : undefined
    const timeline = this.timelineOf(id)
    await timeline.start(channel.head)
    await timeline.reach(channel.head)
  }
  close(id: string): void {
    if (this.#opened === id) {
      this.#opened = undefined
      this.#unsubscribe?.()
      this.#unsubscribe = undefined
    }
    this.#timelines.get(id)?.trimOldest(RESTING)
    this.#talks.get(id)?.threads.clear()
  }
  markRead(id: string, seq: number): void {
    const channel = this.#client.channels.get(id)
    if (channel !== undefined && seq > channel.read) this.#client.markRead(id, seq)
  }

  /** Throws when it can't be taken at all (the outbox is full). Its fate shows in its line. */
  send(id: string, text: string, options: SendOptions = {}): void {
    this.#client.send(id, text, options).acked.catch(() => {
      // The line says so: `outbox` brings the failed entry.
    })
  }
  retry(key: string): void {
    this.#client.outbox.retry(cidOfKey(key))
  }
  discard(key: string): void {
    this.#client.outbox.discard(cidOfKey(key))
    this.read()
  }

  add(message: Message): void {
    const { channel, seq, thread } = message
    const timeline = this.#timelines.get(channel)
    timeline?.add(this.#lineOf(message))
    if (thread === undefined) return
    timeline?.change(thread, (line) => withReply(line, seq))
    this.#talks.get(channel)?.threads.get(thread)?.add(this.#lineOf(message))
  }
  forget(id: ChannelId): void {
    this.#timelines.delete(id)
    this.#talks.delete(id)
  }
  /** After an absence: fetches what the conversations that are held have missed. */
  catchUp(): void {
    for (const [id, timeline] of this.#timelines) {
      const head = this.#client.channels.get(id)?.head
      if (head !== undefined) void timeline.reach(head)
      for (const thread of this.#talks.get(id)?.threads.values() ?? []) void thread.loadNewer()
    }
  }
  /** What comes while nobody looks at the page is new when they come back. */
  lookAway(): void {
    if (this.#opened !== undefined) this.#freshAfter.value = this.timelineOf(this.#opened).last
  }
  read(): void {
    this.#outbox.value = this.#client.outbox.list.filter((entry) => entry.status !== 'acked')
  }

  #disappear(id: ChannelId, log: Log): void {
    letDisappear(log.lines, (seq, how) => this.#change(id, seq, how))
  }
  #lineOf(message: Message): Line {
    return lineOfMessage(message, this.#me.value?.id)
  }
  #change(channel: ChannelId, seq: number, how: (line: Line) => Line): void {
    this.#timelines.get(channel)?.change(seq, how)
    for (const thread of this.#talks.get(channel)?.threads.values() ?? []) thread.change(seq, how)
  }
  #onOutbox(entry: OutboxEntry): void {
    if (entry.status === 'acked') {
      const waiting = this.#acked.value.filter((one) => (one.seq ?? 0) > this.timelineOf(one.channel).last)
      this.#acked.value = [...waiting, entry]
    } else if (entry.status === 'failed') {
      announce('A message was not sent. It says why and what to do.', { urgent: true })
    }
    this.read()
  }
}
