/** Everything that was sent and what became of it: a benchmark that doesn't notice loss isn't one. */

const UNANSWERED = 0
const ACKED = 1
const REFUSED = 2
const FIRST_CAPACITY = 1 << 16
const NAMED_FAULTS = 5

/** What was wrong, with the first few by name. */
export type Faults = { readonly count: number; readonly first: readonly string[] }

export class Ledger {
  sent = 0
  acked = 0
  refused = 0
  /** Events of messages, to whomever. */
  delivered = 0
  /** Acked, and delivered to everyone. */
  completed = 0
  /** The newest message that was acked. */
  newestAcked = -1
  /** The newest that was acked and came to everyone. */
  newestCompleted = -1
  readonly refusals = new Map<string, number>()
  readonly #recipients: number
  #due = new Float64Array(FIRST_CAPACITY)
  #sender = new Uint32Array(FIRST_CAPACITY)
  #answer = new Uint8Array(FIRST_CAPACITY)
  #deliveries = new Uint16Array(FIRST_CAPACITY)
  #faults = 0
  readonly #named: string[] = []

  /** `recipients`: to how many connections each message goes, its sender's own included. */
  constructor(recipients: number) {
    this.#recipients = recipients
  }

  /** The number of a message that is to be sent at `due`, whenever that happens. */
  next(sender: number, due: number): number {
    const number = this.sent++
    if (number >= this.#due.length) this.#grow()
    this.#due[number] = due
    this.#sender[number] = sender
    return number
  }

  due(number: number): number {
    return this.#due[number] ?? Number.NaN
  }

  sender(number: number): number {
    return this.#sender[number] ?? -1
  }

  ack(number: number, client: number, duplicate: boolean): void {
    if (!this.#isAnswerable(number, client, 'ack')) return
    if (duplicate) this.fault(`message ${number} was acked as a duplicate`)
    this.#answer[number] = ACKED
    this.acked++
    if (number > this.newestAcked) this.newestAcked = number
    this.#complete(number)
  }

  refuse(number: number, client: number, code: string): void {
    if (!this.#isAnswerable(number, client, code)) return
    this.#answer[number] = REFUSED
    this.refused++
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
  }

  deliver(number: number): void {
    if (number >= this.sent) return this.fault(`message ${number} was never sent`)
    const times = (this.#deliveries[number] ?? 0) + 1
    this.#deliveries[number] = times
    this.delivered++
    if (times > this.#recipients) this.fault(`message ${number} came ${times} times`)
    this.#complete(number)
  }

  fault(what: string): void {
    this.#faults++
    if (this.#named.length < NAMED_FAULTS) this.#named.push(what)
  }

  /** Every send was answered, and every acked message is with everyone. */
  get isSettled(): boolean {
    return this.acked + this.refused === this.sent && this.completed === this.acked
  }

  get unanswered(): number {
    return this.sent - this.acked - this.refused
  }

  /** All faults, messages that are missing included: asked for at the end. */
  faults(): Faults {
    const missing = this.acked - this.completed
    const first = [...this.#named]
    if (this.unanswered > 0) first.push(`${this.unanswered} sends were never answered`)
    if (missing > 0) first.push(`${missing} acked messages did not reach everyone`)
    return { count: this.#faults + this.unanswered + missing, first }
  }

  #isAnswerable(number: number, client: number, what: string): boolean {
    if (number < 0 || number >= this.sent || this.#sender[number] !== client) {
      this.fault(`${what} for message ${number}, which client ${client} did not send`)
      return false
    }
    if (this.#answer[number] === UNANSWERED) return true
    this.fault(`message ${number} was answered twice`)
    return false
  }

  #complete(number: number): void {
    if (this.#answer[number] !== ACKED || this.#deliveries[number] !== this.#recipients) return
    this.completed++
    if (number > this.newestCompleted) this.newestCompleted = number
  }

  #grow(): void {
    const length = this.#due.length * 2
    this.#due = copied(this.#due, new Float64Array(length))
    this.#sender = copied(this.#sender, new Uint32Array(length))
    this.#answer = copied(this.#answer, new Uint8Array(length))
    this.#deliveries = copied(this.#deliveries, new Uint16Array(length))
  }
}

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
