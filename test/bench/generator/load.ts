import { Histogram } from '../histogram.ts'
import { type Client, quiet, type Traffic } from './client.ts'
import { employ } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { messageOf, type SendFrame, uuidTime } from './send-frame.ts'

/** A connection that sends, and the channels that it writes to in turn. */
export type Sender = { readonly client: Client; readonly frames: readonly SendFrame[] }

export type LoadOptions = {
  readonly clients: readonly Client[]
  readonly senders: readonly Sender[]
  /** To how many connections each message goes, its sender's own included. */
  readonly recipients: number
}

/** What is under way at the end is given up when nothing of it has come for so long (ms). */
const STUCK_MS = 60_000
const LOOK_MS = 5

/** Messages under way, their book-keeping and their latencies: what closed and open loops have in common. */
export abstract class Load implements Traffic {
  readonly ledger: Ledger
  /** In µs, of the messages due between `begin` and `end`. */
  ackLatency = new Histogram()
  /** As above, to each recipient but the sender. */
  deliveryLatency = new Histogram()
  readonly #clients: readonly Client[]
  readonly #senderOf = new Map<Client, Sender>()
  #from = Number.POSITIVE_INFINITY
  #to = Number.POSITIVE_INFINITY
  #time = uuidTime(Date.now())
  #timeAt = 0

  constructor({ clients, senders, recipients }: LoadOptions) {
    this.#clients = clients
    this.ledger = new Ledger(recipients)
    for (const sender of senders) this.#senderOf.set(sender.client, sender)
    employ(clients, this)
  }

  abstract start(): void
  /** No more new messages. */
  abstract stop(): void

  begin(): void {
    this.#from = performance.now()
    this.ackLatency = new Histogram()
    this.deliveryLatency = new Histogram()
  }

  end(): void {
    this.#to = performance.now()
  }

  /** Resolves once everything is answered and delivered, or can't be hoped for any more: the ledger tells. */
  async settled(): Promise<void> {
    const { ledger } = this
    const progress = () => ledger.acked + ledger.refused + ledger.delivered
    let before = progress()
    for (let end = performance.now() + STUCK_MS; !ledger.isSettled && performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      if (progress() === before) continue
      before = progress()
      end = performance.now() + STUCK_MS
    }
    employ(this.#clients, quiet)
  }

  acked(client: Client, id: number, duplicate: boolean, now: number): void {
    const number = messageOf(id)
    this.ledger.ack(number, client.index, duplicate)
    this.#record(this.ackLatency, number, now)
    this.answered(client, null)
  }

  delivered(client: Client, number: number, now: number): void {
    this.ledger.deliver(number)
    if (this.ledger.sender(number) !== client.index) this.#record(this.deliveryLatency, number, now)
  }

  refused(client: Client, id: number, code: string, retryAfterMs: number): void {
    this.ledger.refuse(messageOf(id), client.index, code)
    this.answered(client, { retryAfterMs })
  }

  fault(client: Client, what: string): void {
    this.ledger.fault(`client ${client.index}: ${what}`)
  }

  /** `refusal` is null after an ack. */
  protected answered(_client: Client, _refusal: { readonly retryAfterMs: number } | null): void {}

  protected senderOf(client: Client): Sender | undefined {
    return this.#senderOf.get(client)
  }

  /** Queues one message, due when it should have been sent. */
  protected send({ client, frames }: Sender, due: number): void {
    const number = this.ledger.next(client.index, due)
    const frame = frames[number % frames.length]
    if (frame === undefined) throw new Error('a sender without a channel')
    if (due - this.#timeAt > 1) {
      this.#timeAt = due
      this.#time = uuidTime(performance.timeOrigin + due)
    }
    const bytes = Buffer.allocUnsafe(frame.length)
    frame.write(bytes, 0, number, this.#time)
    client.queue(bytes)
  }

  #record(histogram: Histogram, number: number, now: number): void {
    const due = this.ledger.due(number)
    if (due >= this.#from && due < this.#to) histogram.record((now - due) * 1000)
  }
}
