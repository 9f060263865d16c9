import { Histogram } from '../histogram.ts'
import { type Client, quiet, type Traffic } from './client.ts'
import { employ } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { messageOf, type SendFrame, uuidTime } from './send-frame.ts'

/** A connection that sends, and what. */
export type Sender = { readonly client: Client; readonly frame: SendFrame }

export type LoadOptions = {
  readonly clients: readonly Client[]
  readonly senders: readonly Sender[]
  /** To how many connections each message goes, its sender's own included. */
  readonly recipients: number
}

/** How long what is under way at the end may still take (ms). */
const SETTLE_LIMIT_MS = 30_000
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
  async settled(limitMs = SETTLE_LIMIT_MS): Promise<void> {
    const end = performance.now() + limitMs
    while (!this.ledger.isSettled && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    employ(this.#clients, quiet)
  }

  acked(client: Client, id: number, duplicate: boolean, now: number): void {
    const number = messageOf(id)
    this.ledger.ack(number, client.index, duplicate)
    this.#record(this.ackLatency, number, now)
    this.answered(client)
  }

  delivered(client: Client, number: number, now: number): void {
    this.ledger.deliver(number)
    if (this.ledger.sender(number) !== client.index) this.#record(this.deliveryLatency, number, now)
  }

  refused(client: Client, id: number, code: string, retryAfterMs: number): void {
    this.ledger.refuse(messageOf(id), client.index, code)
    this.answered(client, retryAfterMs)
  }

  fault(client: Client, what: string): void {
    this.ledger.fault(`client ${client.index}: ${what}`)
  }

  protected answered(_client: Client, _retryAfterMs = 0): void {}

  protected senderOf(client: Client): Sender | undefined {
    return this.#senderOf.get(client)
  }

  /** Queues one message, due when it should have been sent. */
  protected send({ client, frame }: Sender, due: number): void {
    if (due - this.#timeAt > 1) {
      this.#timeAt = due
      this.#time = uuidTime(performance.timeOrigin + due)
    }
    const bytes = Buffer.allocUnsafe(frame.length)
    frame.write(bytes, 0, this.ledger.next(client.index, due), this.#time)
    client.queue(bytes)
  }

  #record(histogram: Histogram, number: number, now: number): void {
    const due = this.ledger.due(number)
    if (due >= this.#from && due < this.#to) histogram.record((now - due) * 1000)
  }
}
