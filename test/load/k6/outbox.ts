export type Send = {
  readonly cid: string
  readonly channel: string
  /** When it was due (ms of the run). */
  readonly dueMs: number
}

/** What one user has sent: each send is to be answered, and each acked one to come back through the user's own queue. */
export class Outbox {
  readonly #waiting = new Map<string, Send>()
  readonly #ackedNotBack = new Set<string>()
  readonly #backNotAcked = new Set<string>()
  /** Refused as `unavailable`, it may have been kept nevertheless. */
  readonly #refused = new Set<string>()

  add(send: Send): void {
    this.#waiting.set(send.cid, send)
  }

  /** What waits is due then, at the earliest: its user was away of their own will, which is no delay of the fabric's. */
  postpone(dueMs: number): void {
    for (const [cid, send] of this.#waiting)
      if (send.dueMs < dueMs) this.#waiting.set(cid, { ...send, dueMs })
  }

  /** Undefined = it isn't one of those that wait. */
  acked(cid: string): Send | undefined {
    const send = this.#waiting.get(cid)
    if (send === undefined) return undefined
    this.#waiting.delete(cid)
    if (!this.#backNotAcked.delete(cid)) this.#ackedNotBack.add(cid)
    return send
  }

  refused(cid: string): void {
    this.#waiting.delete(cid)
    if (!this.#backNotAcked.delete(cid)) this.#refused.add(cid)
  }

  /** One of this user's messages came through the queue. @returns whether it had come before. */
  back(cid: string): 'first' | 'again' {
    if (this.#ackedNotBack.delete(cid) || this.#refused.delete(cid)) return 'first'
    if (!this.#waiting.has(cid) || this.#backNotAcked.has(cid)) return 'again'
    this.#backNotAcked.add(cid)
    return 'first'
  }

  /** In the order in which they were added: to be sent again, with the same cid, after a reconnect. */
  get waiting(): readonly Send[] {
    return [...this.#waiting.values()]
  }

  get unanswered(): number {
    return this.#waiting.size
  }

  /** Acked, and not seen again. */
  get missing(): number {
    return this.#ackedNotBack.size
  }
}
