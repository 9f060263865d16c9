import { Load, type LoadOptions, type Sender } from './load.ts'
import { Ticker } from './ticker.ts'

/** Messages at a fixed rate, whatever becomes of them: latencies count from when each was due, not from when it left. */
export class OpenLoop extends Load {
  readonly #senders: readonly Sender[]
  readonly #intervalMs: number
  readonly #ticker: Ticker
  #startedAt = 0
  #sent = 0

  /** `rate`: messages a second, spread evenly over all senders. Above 1,000/s they leave once a millisecond. */
  constructor(options: LoadOptions & { readonly rate: number }) {
    super(options)
    this.#senders = options.senders
    this.#intervalMs = 1000 / options.rate
    this.#ticker = new Ticker(Math.max(1, this.#intervalMs), (due) => this.#sendUpTo(due))
  }

  start(): void {
    this.#startedAt = this.#ticker.start()
  }

  stop(): void {
    this.#ticker.stop()
  }

  #sendUpTo(time: number): void {
    const used = new Set<Sender>()
    for (;;) {
      // By multiplication, lest thousands of additions drift away from the ticks.
      const due = this.#startedAt + this.#sent * this.#intervalMs
      const sender = this.#senders[this.#sent % this.#senders.length]
      if (due > time + this.#intervalMs / 100 || sender === undefined) break
      this.#sent++
      this.send(sender, due)
      used.add(sender)
    }
    for (const { client } of used) client.flush()
  }
}
