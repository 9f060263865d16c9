import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelId, Client, Message, OutboxEntry, SendOptions } from '../../sdk/src/mod.ts'
import { announce } from './announce.ts'
import { cidOfKey, countReplies, joinLines, lineOfMessage, textOf, withReaction } from './lines.ts'
import { RESTING, Timeline } from './timeline.ts'
import type { Line, Person, Replies } from './types.ts'

/** All lines of a conversation, those that don't stand in a thread, and the threads by the seq that they began with. */
export type Talk = {
  readonly lines: ReadonlySignal<readonly Line[]>
  readonly main: ReadonlySignal<readonly Line[]>
  readonly replies: ReadonlySignal<ReadonlyMap<number, Replies>>
  readonly bySeq: ReadonlySignal<ReadonlyMap<number, Line>>
  readonly threads: Map<number, ReadonlySignal<readonly Line[]>>
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
      this.#timelines.get(channel)?.change(seq, how)
    client.on('edited', ({ channel, seq, body, mentions }) =>
      change(channel, seq, (line) => ({
        ...line,
        text: textOf(body),
        edited: true,
        ...(mentions === undefined ? {} : { mentions }),
      })),
    )
    client.on('deleted', ({ channel, seq }) =>
      change(channel, seq, (line) => ({ ...line, text: '', gone: true, reactions: [], pinned: false })),
    )
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
        return page.items.map((message) => lineOfMessage(message, this.#me.value?.id))
      })
      this.#timelines.set(id, timeline)
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
        replies: computed(() => countReplies(lines.value)),
        bySeq: computed(() => new Map(lines.value.map((line) => [line.seq, line]))),
        threads: new Map(),
      }
      this.#talks.set(id, talk)
    }
    return talk
  }

  /** What a thread began with, and the answers to it, as far as they are held. */
  threadOf(id: string, root: number): ReadonlySignal<readonly Line[]> {
    const { lines, threads } = this.talkOf(id)
    const lasting = threads.get(root)
    if (lasting !== undefined) return lasting
    const thread = computed(() => lines.value.filter((line) => line.seq === root || line.thread === root))
    threads.set(root, thread)
    return thread
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
    this.#timelines.get(message.channel)?.add(lineOfMessage(message, this.#me.value?.id))
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
    }
  }
  /** What comes while nobody looks at the page is new when they come back. */
  lookAway(): void {
    if (this.#opened !== undefined) this.#freshAfter.value = this.timelineOf(this.#opened).last
  }
  read(): void {
    this.#outbox.value = this.#client.outbox.list.filter((entry) => entry.status !== 'acked')
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
