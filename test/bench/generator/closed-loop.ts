import type { Client } from './client.ts'
import { Load, type LoadOptions, type Sender } from './load.ts'

type ClosedLoopOptions = LoadOptions & {
  /** How many messages of each sender are under way. */
  readonly depth: number
  /** After how many messages that were not refused a sender stops; absent = at `stop`. */
  readonly each?: number
}

/** Each sender keeps so many messages without an answer: what the fabric can do, never more than it can. */
export class ClosedLoop extends Load {
  readonly #senders: readonly Sender[]
  readonly #depth: number
  readonly #left: Map<Client, number>
  #isSending = false

  constructor(options: ClosedLoopOptions) {
    super(options)
    this.#senders = options.senders
    this.#depth = options.depth
    const each = options.each ?? Number.POSITIVE_INFINITY
    this.#left = new Map(options.senders.map(({ client }) => [client, each]))
  }

  start(): void {
    this.#isSending = true
    for (const { client } of this.#senders) {
      for (let i = 0; i < this.#depth; i++) this.#next(client)
      client.flush()
    }
  }

  stop(): void {
    this.#isSending = false
  }

  protected override answered(client: Client, refusal: { readonly retryAfterMs: number } | null): void {
    if (refusal === null) return this.#next(client)
    this.#left.set(client, (this.#left.get(client) ?? 0) + 1)
    const again = () => {
      this.#next(client)
      client.flush()
    }
    setTimeout(again, refusal.retryAfterMs)
  }

  /** Goes out with what else is sent during this read. */
  #next(client: Client): void {
    const sender = this.senderOf(client)
    const left = this.#left.get(client) ?? 0
    if (!this.#isSending || sender === undefined || left === 0) return
    this.#left.set(client, left - 1)
    this.send(sender, performance.now())
  }
}
