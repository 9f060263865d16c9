import type { Client } from './client.ts'
import { Load, type LoadOptions, type Sender } from './load.ts'

/** Each sender keeps so many messages without an answer: what the fabric can do, never more than it can. */
export class ClosedLoop extends Load {
  readonly #senders: readonly Sender[]
  readonly #depth: number
  #isSending = false

  constructor(options: LoadOptions & { readonly depth: number }) {
    super(options)
    this.#senders = options.senders
    this.#depth = options.depth
  }

  start(): void {
    this.#isSending = true
    const now = performance.now()
    for (const sender of this.#senders) {
      for (let i = 0; i < this.#depth; i++) this.send(sender, now)
      sender.client.flush()
    }
  }

  stop(): void {
    this.#isSending = false
  }

  protected override answered(client: Client, retryAfterMs = 0): void {
    if (retryAfterMs > 0) setTimeout(() => this.#next(client), retryAfterMs)
    else this.#next(client)
  }

  #next(client: Client): void {
    const sender = this.senderOf(client)
    if (!this.#isSending || sender === undefined) return
    this.send(sender, performance.now())
    client.flush()
  }
}
