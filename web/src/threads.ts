import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelId, Client, MessageEvent, Thread, ThreadPage } from '../../sdk/src/mod.ts'

/** Unread threads that are asked for, and shown, at most. */
const UNREAD_MAX = 100
/** Replies of one moment are asked about once, in milliseconds. */
const PAUSE_MS = 500

const keyOf = (channel: ChannelId, thread: number) => `${channel}/${thread}`

/** Threads as far as they were asked for, the SDK keeping them true; of those that one follows, the unread ones. */
export class Threads {
  readonly #client: Client
  readonly #known = signal<ReadonlyMap<string, Thread>>(new Map())
  readonly #asked = signal(false)
  readonly #begun = signal(0)
  /** Asked about and not followed: their replies are no reason to ask again. */
  readonly #others = new Set<string>()
  #waiting = false

  readonly unread: ReadonlySignal<readonly Thread[]> = computed(() =>
    [...this.#known.value.values()]
      .filter(({ unread, following }) => unread > 0 && following)
      .sort((a, b) => Date.parse(b.last.at) - Date.parse(a.last.at)),
  )

  constructor(client: Client) {
    this.#client = client
    client.on('threads', (threads) => this.#learn(threads))
    client.on('message', (event) => this.#onMessage(event))
    client.on('state', ({ status }) => status === 'live' && this.#refreshSoon())
  }

  /** Whether the unread ones are known. */
  get asked(): ReadonlySignal<boolean> {
    return this.#asked
  }
  /** Rises when there may be a thread that wasn't asked for. */
  get begun(): ReadonlySignal<number> {
    return this.#begun
  }
  of(channel: ChannelId, thread: number): Thread | undefined {
    return this.#known.value.get(keyOf(channel, thread))
  }
  /** The last reply that had been read, of a thread that has unread ones. */
  freshAfter(channel: ChannelId, thread: number): number | undefined {
    const known = this.of(channel, thread)
    return known !== undefined && known.unread > 0 ? Math.max(known.read, thread) : undefined
  }
  /** A page of a conversation's threads, the one with the newest reply first. */
  async page(channel: ChannelId, cursor: string | undefined): Promise<ThreadPage> {
    const page = await this.#client.messages.threads(channel, cursor === undefined ? {} : { cursor })
    this.#learn(page.items)
    return page
  }
  markRead(channel: ChannelId, thread: number, seq: number): void {
    if (seq > (this.of(channel, thread)?.read ?? 0)) this.#client.markRead(channel, seq, { thread })
  }
  async refresh(): Promise<void> {
    try {
      this.#learn((await this.#client.messages.followedThreads({ limit: UNREAD_MAX })).items)
      this.#asked.value = true
    } catch (error) {
      console.warn(error)
      this.#others.clear()
    }
  }

  #learn(threads: readonly Thread[]): void {
    const known = new Map(this.#known.value)
    for (const thread of threads) known.set(keyOf(thread.channel, thread.thread), thread)
    this.#known.value = known
  }
  #onMessage({ channel, thread, from, mentions, mention_all: all }: MessageEvent): void {
    if (thread === undefined) return
    const key = keyOf(channel, thread)
    if (!this.#known.value.has(key)) this.#begun.value++
    const { user } = this.#client
    const mine = from === user || all !== undefined || mentions?.some((one) => one === user) === true
    if (mine) this.#others.delete(key)
    if (from === user || this.#known.value.has(key) || this.#others.has(key)) return
    this.#others.add(key)
    this.#refreshSoon()
  }
  #refreshSoon(): void {
    if (this.#waiting) return
    this.#waiting = true
    setTimeout(() => {
      this.#waiting = false
      void this.refresh()
    }, PAUSE_MS)
  }
}
