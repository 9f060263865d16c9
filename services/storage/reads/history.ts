import type { MessageRun } from '../../../shared/fabric/calls.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'
import type { Store } from '../store/store.ts'
import type { Bodies } from './bodies.ts'
import { Coalesce } from './coalesce.ts'

const reads = counter('weft_history_reads_total', 'Pages of history asked for, by where they came from', [
  'from',
])
export const PAGE_MESSAGES = 200

/** Pages of history. Messages don't change, so a page that is whole is kept, the least lately used going first. */
export class History {
  readonly #store: Pick<Store, 'messages'>
  readonly #bodies: Pick<Bodies, 'messages'>
  readonly #maxBytes: number
  readonly #pages = new Map<string, { readonly messages: Uint8Array[]; readonly bytes: number }>()
  readonly #reading = new Coalesce<Uint8Array[]>()
  #bytes = 0

  constructor(store: Pick<Store, 'messages'>, bodies: Pick<Bodies, 'messages'>, maxBytes: number) {
    this.#store = store
    this.#bodies = bodies
    this.#maxBytes = maxBytes
  }

  async range(channel: ChannelId, first: number, last: number): Promise<MessageRun> {
    const from = Math.max(1, first)
    const to = Math.min(last, from + PAGE_MESSAGES - 1)
    if (to < from) return { from, messages: [] }
    const key = `${channel}/${from}-${to}`
    const kept = this.#pages.get(key)
    if (kept !== undefined) {
      this.#pages.delete(key)
      this.#pages.set(key, kept)
      reads.inc({ from: 'cache' })
      return { from, messages: kept.messages }
    }
    return { from, messages: await this.#read(key, channel, from, to) }
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
