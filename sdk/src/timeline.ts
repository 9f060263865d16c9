import type { Timeline, Unsubscribe } from './api/client.ts'
import type { WeftEvent } from './events.ts'
import { changed, gone, isChange } from './message-changes.ts'
import type { ChannelId, HistoryPage, HistoryQuery, Message, UserId } from './types.ts'

export interface TimelineActions {
  me(): UserId | undefined
  history(query: HistoryQuery): Promise<HistoryPage>
  problem(error: unknown): void
  closed(): void
}

/** Messages held at most; beyond it the far end is let go, and can be fetched again. */
const MAX_HELD = 1_000
const DEFAULT_PAGE = 50
const FOLLOW_PAGES = 20
/** A timer further off than this would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** A window on a channel's messages that events keep true; see `Timeline` in the API for what it promises. */
export class ChannelTimeline implements Timeline {
  readonly channel: ChannelId
  readonly #actions: TimelineActions
  readonly #page: number
  readonly #handlers = new Set<() => void>()
  #messages: readonly Message[] = []
  #atEnd = false
  #atStart = false
  #loaded = false
  /** Loads go one after the other, so that no two pages race for one end. */
  #loading: Promise<void> = Promise.resolve()
  /** Came while the newest page was on its way. */
  #late: WeftEvent[] | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #opened = false
  #closed = false

  constructor(channel: ChannelId, page: number | undefined, actions: TimelineActions) {
    this.channel = channel
    this.#page = page ?? DEFAULT_PAGE
    this.#actions = actions
  }

  get messages(): readonly Message[] {
    return this.#messages
  }

  get loaded(): boolean {
    return this.#loaded
  }

  get hasOlder(): boolean {
    return !this.#atStart
  }

  get hasNewer(): boolean {
    return !this.#atEnd
  }

  onChange(handler: () => void): Unsubscribe {
    this.#handlers.add(handler)
    return () => void this.#handlers.delete(handler)
  }

  loadNewest(): Promise<void> {
    return this.#load(() => {
      this.#messages = []
      return this.#refresh()
    })
  }

  loadAround(seq: number): Promise<void> {
    return this.#load(async () => {
      const { items } = await this.#actions.history({ around: seq, limit: this.#page })
      this.#messages = items
      this.#atEnd = false
      this.#atStart = items[0]?.seq === 1
    })
  }

  loadOlder(): Promise<void> {
    return this.#load(async () => {
      const first = this.#messages[0]
      if (this.#atStart || !first) return
      const { items, next } = await this.#actions.history({ before: first.seq, limit: this.#page })
      const held = [...items, ...this.#messages]
      this.#atStart = held[0]?.seq === 1 || (items.length === 0 && next === null)
      if (held.length > MAX_HELD) this.#atEnd = false
      this.#messages = held.slice(0, MAX_HELD)
    })
  }

  loadNewer(): Promise<void> {
    return this.#load(() => this.#newer())
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#expiry)
    this.#handlers.clear()
    this.#actions.closed()
  }

  /** What the client was told, in order. */
  took(event: WeftEvent): void {
    if (!('channel' in event) || event.channel !== this.channel || this.#closed) return
    if (this.#late) this.#late.push(event)
    else if (this.#apply(event)) this.#changed()
  }

  /** Events were missed that won't come: after a `reset`, or where live events began anew. */
  missed(): void {
    if (!this.#loaded || this.#closed || !this.#atEnd) return
    this.#load(() => this.#refresh()).catch((error: unknown) => this.#actions.problem(error))
  }

  /** Live events come from now on; the newest message before them is `seq`. */
  opened(seq: number): void {
    const first = !this.#opened
    this.#opened = true
    if (!first) return this.missed()
    const behind = () => this.#atEnd && (this.#messages.at(-1)?.seq ?? 0) < seq
    // The first page may be on its way, and be older than that.
    this.#load(async () => (behind() ? this.#refresh() : undefined)).catch((error: unknown) =>
      this.#actions.problem(error),
    )
  }

  /** True if it changed anything. */
  #apply(event: WeftEvent): boolean {
    if (event.kind === 'message') {
      const counted = this.#count(event)
      return this.#append(event) || counted
    }
    if (!isChange({ ...event }) || !('seq' in event)) return false
    const index = this.#messages.findIndex(({ seq }) => seq === event.seq)
    const before = this.#messages[index]
    const after = before && changed(before, { ...event }, this.#actions.me())
    if (!before || !after || after === before) return false
    this.#messages = this.#messages.map((held) => (held === before ? after : held))
    return true
  }

  /** A reply is one more of the message that its thread began with. */
  #count({ thread, seq }: Extract<WeftEvent, { kind: 'message' }>): boolean {
    const root = thread === undefined ? undefined : this.#messages.find((held) => held.seq === thread)
    const before = root?.thread_replies
    if (!root || seq <= (before?.last ?? root.seq)) return false
    const replied = { ...root, thread_replies: { count: (before?.count ?? 0) + 1, last: seq } }
    this.#messages = this.#messages.map((held) => (held === root ? replied : held))
    return true
  }

  #append(event: Extract<WeftEvent, { kind: 'message' }>): boolean {
    const { kind: _, ...message } = event
    if (!this.#atEnd) return false
    const last = this.#messages.at(-1)
    if (last && message.seq <= last.seq) return false
    if (last && message.seq > last.seq + 1) {
      // A hole: what lies in it is fetched, this message with it.
      this.#atEnd = false
      const near = message.seq - last.seq <= this.#page
      const filled = near ? this.#load(() => this.#follow()) : this.loadNewest()
      filled.catch((error: unknown) => this.#actions.problem(error))
      return false
    }
    const held = [...this.#messages, message]
    if (held.length > MAX_HELD) this.#atStart = false
    this.#messages = held.slice(-MAX_HELD)
    return true
  }

  /** The newest page anew, joined to what is held where the two meet. */
  async #refresh(): Promise<void> {
    this.#late = []
    const { items } = await this.#actions.history({ limit: this.#page })
    const first = items[0]?.seq ?? 0
    const last = this.#messages.at(-1)?.seq ?? 0
    const older = last + 1 >= first ? this.#messages.filter(({ seq }) => seq < first) : []
    if (older.length === 0) this.#atStart = items.length === 0 || first === 1
    this.#messages = [...older, ...items]
    this.#atEnd = true
    const late = this.#late ?? []
    this.#late = undefined
    for (const event of late) this.#apply(event)
  }

  /** To the end, which moves on while pages come. */
  async #follow(): Promise<void> {
    for (let pages = 0; pages < FOLLOW_PAGES && !this.#atEnd; pages++) await this.#newer()
  }

  async #newer(): Promise<void> {
    if (this.#atEnd) return
    const last = this.#messages.at(-1)
    this.#late = []
    const { items, next } = await this.#actions.history({ after: last?.seq ?? 0, limit: this.#page })
    const held = [...this.#messages, ...items]
    if (held.length > MAX_HELD) this.#atStart = false
    this.#messages = held.slice(-MAX_HELD)
    this.#atEnd = items.length < this.#page && next === null
    const late = this.#late ?? []
    this.#late = undefined
    for (const event of late) this.#apply(event)
  }

  #load(work: () => Promise<void>): Promise<void> {
    const loading = this.#loading
      .catch(() => undefined)
      .then(async () => {
        if (this.#closed) return
        try {
          await work()
          this.#loaded = true
        } finally {
          this.#late = undefined
        }
        this.#changed()
      })
    this.#loading = loading
    return loading
  }

  #changed(): void {
    if (this.#closed) return
    this.#expire()
    for (const handler of [...this.#handlers]) {
      try {
        handler()
      } catch (error) {
        this.#actions.problem(error)
      }
    }
  }

  /** Messages with a time to live disappear by themselves, on the minute that they were given. */
  #expire(): void {
    clearTimeout(this.#expiry)
    const now = Date.now()
    let nextMs = Number.POSITIVE_INFINITY
    const timeOf = (message: Message) =>
      message.deleted || message.expires_at === undefined
        ? Number.POSITIVE_INFINITY
        : Date.parse(message.expires_at)
    if (this.#messages.some((message) => timeOf(message) <= now)) {
      this.#messages = this.#messages.map((message) => (timeOf(message) <= now ? gone(message) : message))
    }
    for (const message of this.#messages) nextMs = Math.min(nextMs, timeOf(message) - now)
    if (Number.isFinite(nextMs)) {
      this.#expiry = setTimeout(() => this.#changed(), Math.min(Math.max(0, nextMs), MAX_TIMER_MS))
    }
  }
}
