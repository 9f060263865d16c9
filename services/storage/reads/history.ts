import { z } from 'zod'
import type { MessageRun } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import { type Became, changedMessage } from '../../../shared/protocol/changed-message.ts'
import { type ChannelId, type UserId, userIdSchema } from '../../../shared/protocol/ids.ts'
import type { Store, StoredChange } from '../store/store.ts'
import type { Bodies } from './bodies.ts'
import { Coalesce } from './coalesce.ts'

const reads = counter('weft_history_reads_total', 'Pages of history asked for, by where they came from', [
  'from',
])
export const PAGE_MESSAGES = 200

const writtenShape = z.object({
  from: userIdSchema,
  mentions: z.array(userIdSchema).default([]),
  thread: z.number().optional(),
})

/**
 * Pages of history. What was written doesn't change, so a page of that which is whole is kept, the least lately used going
 * first.
 */
export class History {
  readonly #store: Pick<Store, 'messages' | 'messageChanges' | 'messagesAt'>
  readonly #bodies: Pick<Bodies, 'messages' | 'edit'>
  readonly #maxBytes: number
  readonly #pages = new Map<string, { readonly messages: Uint8Array[]; readonly bytes: number }>()
  readonly #reading = new Coalesce<Uint8Array[]>()
  #bytes = 0

  constructor(
    store: Pick<Store, 'messages' | 'messageChanges' | 'messagesAt'>,
    bodies: Pick<Bodies, 'messages' | 'edit'>,
    maxBytes: number,
  ) {
    this.#store = store
    this.#bodies = bodies
    this.#maxBytes = maxBytes
  }

  /** As `reader` sees them: what became of messages is asked each time, beside those that are kept as they were written. */
  async range(channel: ChannelId, first: number, last: number, reader: UserId): Promise<MessageRun> {
    const from = Math.max(1, first)
    const to = Math.min(last, from + PAGE_MESSAGES - 1)
    if (to < from) return { from, messages: [] }
    // The originals first: what is deleted while they are read is seen after it.
    const originals = await this.#originals(channel, from, to)
    const changes = await this.#store.messageChanges(channel, from, to)
    if (changes.length === 0) return { from, messages: originals }
    const messages = [...originals]
    for (const change of changes) {
      const original = originals[change.seq - from]
      if (original !== undefined)
        messages[change.seq - from] = changedMessage(original, await this.#became(change, reader))
    }
    return { from, messages }
  }

  /** Single messages as `reader` sees them, in the order asked, as many as fit a page. */
  async some(
    channel: ChannelId,
    seqs: readonly number[],
    reader: UserId,
    maxBytes: number,
  ): Promise<Uint8Array[]> {
    if (seqs.length === 0) return []
    const found = await this.#store.messagesAt(channel, seqs, maxBytes)
    const originals = await this.#bodies.messages(found.map(({ record }) => record))
    return Promise.all(
      originals.map(async (original, index) => {
        const change = found[index]?.change ?? null
        return change === null ? original : changedMessage(original, await this.#became(change, reader))
      }),
    )
  }

  /** Who wrote a message and what became of it; null if the store doesn't have it. */
  async stateOf(channel: ChannelId, seq: number) {
    const [original] = await this.#originals(channel, seq, seq)
    if (original === undefined) return null
    const [change] = await this.#store.messageChanges(channel, seq, seq)
    const { from, mentions, thread = 0 } = writtenShape.parse(JSON.parse(Buffer.from(original).toString()))
    const reactions = change?.reactions.map(({ emoji, users }) => ({ emoji, users: [...users] })) ?? []
    return { from, mentions, thread, deleted: change?.deleted ?? false, reactions }
  }

  async #became({ deleted, edit, replies, reactions }: StoredChange, reader: UserId): Promise<Became> {
    return {
      deleted,
      ...(replies === null ? {} : { replies }),
      edit: edit === null ? null : await this.#bodies.edit(edit),
      reactions: reactions.map(({ emoji, users }) => ({
        emoji,
        count: users.length,
        mine: users.includes(reader),
      })),
    }
  }

  async #originals(channel: ChannelId, from: number, to: number): Promise<Uint8Array[]> {
    const key = `${channel}/${from}-${to}`
    const kept = this.#pages.get(key)
    if (kept === undefined) return this.#read(key, channel, from, to)
    this.#pages.delete(key)
    this.#pages.set(key, kept)
    reads.inc({ from: 'cache' })
    return kept.messages
  }

  async #read(key: string, channel: ChannelId, from: number, to: number): Promise<Uint8Array[]> {
    const query = async () => {
      reads.inc({ from: 'store' })
      const records = await this.#store.messages(channel, from, to, MAX_PAGE_BYTES)
      const messages = await this.#bodies.messages(records)
      if (messages.length === to - from + 1) this.#keep(key, messages)
      return messages
    }
    const { result, joined } = this.#reading.run(key, query)
    const messages = await result
    if (!joined) return messages
    reads.inc({ from: 'joined' })
    // A read that had begun before may have missed what was written since: only a whole page is sure.
    return messages.length === to - from + 1 ? messages : this.#reading.run(key, query).result
  }

  #keep(key: string, messages: Uint8Array[]): void {
    const bytes = messages.reduce((sum, message) => sum + message.length + MESSAGE_OVERHEAD_BYTES, key.length)
    const before = this.#pages.get(key)
    if (before !== undefined) this.#bytes -= before.bytes
    this.#pages.delete(key)
    this.#pages.set(key, { messages, bytes })
    this.#bytes += bytes
    for (const [oldest, page] of this.#pages) {
      if (this.#bytes <= this.#maxBytes) break
      this.#pages.delete(oldest)
      this.#bytes -= page.bytes
    }
  }
}

/** What a message in memory costs beyond its bytes. */
const MESSAGE_OVERHEAD_BYTES = 100
