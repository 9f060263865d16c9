import { z } from 'zod'
import type { PackPlan } from '../../../shared/fabric/partition-log/machine.ts'
import type { Ranks } from '../../../shared/fabric/wire/bundle.ts'
import { encodeSyncRecord, type HeadMark } from '../../../shared/fabric/wire/sync-record.ts'
import { type EventOf, type MentionAll, mentionAllSchema } from '../../../shared/protocol/events.ts'
import { type ChannelId, channelIdSchema, userIdSchema } from '../../../shared/protocol/ids.ts'
import type { Edges } from './edges.ts'
import type { UserQueue } from './queue.ts'
import type { Users } from './users.ts'

/** A session hears of a channel's new head so often at most (ms). */
const PASS_EVERY_MS = 1_000
/** Of one answer at a catch-up (bytes); the newest come first. */
const NAMED_MAX_BYTES = 96 * 1024
const READERS_AN_ENTRY = 1_000

/** A channel whose messages aren't in the queues, and the users of this partition who hear of its new head. */
export type MarkedChannel = {
  readonly id: ChannelId
  readonly readers: Set<UserQueue>
  seq: number
  rev: number
  /** The pack that says so; 0 = nothing was said yet. */
  pack: number
  /** The newest mention of all, and the pack that says so. */
  all: MentionAll | null
  allPack: number
  /** Monotonic ms. */
  passedAt: number
}

/** In a snapshot: `first` of a channel's entries, all of one moment, and the pack up to which they are complete. */
export const markEntry = z.object({
  marked: channelIdSchema,
  first: z.boolean(),
  head: z.tuple([z.number(), z.number(), z.number()]),
  all: z.tuple([mentionAllSchema, z.number()]).nullable(),
  readers: z.array(userIdSchema),
  pack: z.number().int(),
})
type MarkEntry = z.infer<typeof markEntry>

/** Channels above the threshold, their newest heads, and who hears of them: all of it follows from this partition's log. */
export class Marks {
  readonly #users: Users
  readonly #channels = new Map<ChannelId, MarkedChannel>()
  /** Until the tenure serves: the pack up to which a channel's restored entries are complete. */
  readonly #completeTo = new Map<ChannelId, number>()
  /** Those whose head is to be told. */
  readonly #moved = new Set<MarkedChannel>()

  constructor(users: Users) {
    this.#users = users
  }

  /** Users become readers of a channel's marks, or are no longer. `pack`: where that stands; older than a restored entry, it is known. */
  rank({ channel: id, op }: Ranks, queues: readonly UserQueue[], pack: number): void {
    if (pack <= (this.#completeTo.get(id) ?? 0)) return
    if (op === 'enter') {
      const channel = this.#channels.get(id) ?? this.#make(id)
      for (const queue of queues) add(channel, queue)
      return
    }
    const channel = this.#channels.get(id)
    if (channel === undefined) return
    for (const queue of queues) remove(channel, queue)
    if (channel.readers.size > 0) return
    this.#channels.delete(id)
    this.#moved.delete(channel)
  }

  /** Writes what is new of these. Returns those of channels that nobody here reads. */
  plan(marks: readonly HeadMark[], pack: PackPlan): ChannelId[] {
    const unknown: ChannelId[] = []
    const news: HeadMark[] = []
    for (const mark of marks) {
      const channel = this.#channels.get(mark.channel)
      if (channel === undefined) unknown.push(mark.channel)
      else if (mark.rev > channel.rev) {
        news.push(mark)
        this.set(mark, pack.number)
      }
    }
    if (news.length > 0) {
      pack.add(encodeSyncRecord({ type: 'marks', marks: news }))
      pack.committed(() => {
        for (const { channel } of news) {
          const marked = this.#channels.get(channel)
          if (marked !== undefined) this.#moved.add(marked)
        }
      })
    }
    return unknown
  }

  set({ channel: id, seq, rev, all }: HeadMark, pack: number): void {
    const channel = this.#channels.get(id)
    if (channel === undefined || rev <= channel.rev || pack <= (this.#completeTo.get(id) ?? 0)) return
    if (all !== null && all.seq > channel.seq) {
      channel.all = all.who
      channel.allPack = pack
    }
    channel.seq = seq
    channel.rev = rev
    channel.pack = pack
  }

  /** Tells the sessions of readers whose channel has a new head, each channel once a second at most. */
  pass(edges: Edges, now: number): void {
    for (const channel of this.#moved) {
      if (now - channel.passedAt < PASS_EVERY_MS) continue
      channel.passedAt = now
      this.#moved.delete(channel)
      const json = headEvent(channel, channel.allPack === channel.pack)
      for (const queue of channel.readers) edges.mark(queue, json)
    }
  }

  /** The heads that moved in packs after this one, the newest first, as many as are worth naming. */
  named(queue: UserQueue, after: number): Uint8Array[] {
    const moved = (queue.marked ?? []).filter(({ pack }) => pack > after)
    moved.sort((a, b) => b.pack - a.pack)
    const named: Uint8Array[] = []
    let bytes = 0
    for (const channel of moved) {
      const json = headEvent(channel, channel.allPack > after)
      bytes += json.length
      if (bytes > NAMED_MAX_BYTES) break
      named.push(json)
    }
    return named
  }

  restore({ marked, first, head, all, readers, pack }: MarkEntry): void {
    if (first) this.#channels.delete(marked)
    const channel = this.#channels.get(marked) ?? this.#make(marked)
    ;[channel.seq, channel.rev, channel.pack] = head
    if (all !== null) [channel.all, channel.allPack] = all
    for (const user of readers) add(channel, this.#users.get(user))
    this.#completeTo.set(marked, pack)
  }

  restored(): void {
    this.#completeTo.clear()
  }

  /** `pack`: the newest that was planned, asked anew for every channel. */
  *snapshot(pack: () => number): Generator<MarkEntry> {
    for (const { id, readers, seq, rev, pack: at, all, allPack } of [...this.#channels.values()]) {
      const users = Array.from(readers, ({ user }) => user)
      const fixed = { marked: id, all: all === null ? null : ([all, allPack] as [MentionAll, number]) }
      const complete = pack()
      for (let from = 0; from < Math.max(1, users.length); from += READERS_AN_ENTRY)
        yield {
          ...fixed,
          first: from === 0,
          head: [seq, rev, at],
          readers: users.slice(from, from + READERS_AN_ENTRY),
          pack: complete,
        }
    }
  }

  #make(id: ChannelId): MarkedChannel {
    const channel: MarkedChannel = {
      id,
      readers: new Set(),
      seq: 0,
      rev: 0,
      pack: 0,
      all: null,
      allPack: 0,
      passedAt: Number.NEGATIVE_INFINITY,
    }
    this.#channels.set(id, channel)
    return channel
  }
}

function add(channel: MarkedChannel, queue: UserQueue): void {
  if (channel.readers.has(queue)) return
  channel.readers.add(queue)
  queue.marked ??= []
  queue.marked.push(channel)
}

function remove(channel: MarkedChannel, queue: UserQueue): void {
  if (!channel.readers.delete(queue) || queue.marked === null) return
  const left = queue.marked.filter((other) => other !== channel)
  queue.marked = left.length === 0 ? null : left
}

function headEvent({ id, seq, rev, all }: MarkedChannel, isAll: boolean): Buffer {
  const mention = isAll && all !== null ? { mention_all: all } : {}
  const event: EventOf<'head'> = { kind: 'head', channel: id, seq, rev, ...mention }
  return Buffer.from(JSON.stringify(event))
}
