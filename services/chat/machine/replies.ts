/** Replies remembered: read marks behind them count older replies as if they were none. */
const REMEMBERED = 1_000
/** One user is told of so many at most, with the channel. */
const TOLD = 200

export type Reply = readonly [seq: number, thread: number]

/** A channel's newest thread replies: they don't count as unread, and a reply to one of them is in its thread. */
export class Replies {
  #replies: Reply[] = []

  add(seq: number, thread: number): void {
    this.#replies.push([seq, thread])
    if (this.#replies.length > REMEMBERED * 2) this.#replies = this.#replies.slice(-REMEMBERED)
  }

  /** The message that a reply's thread began with. */
  threadOf(replyTo: number): number {
    for (let at = this.#replies.length - 1; at >= 0; at--) {
      const [seq, thread] = this.#replies[at] ?? [0, 0]
      if (seq === replyTo) return thread
      if (seq < replyTo) break
    }
    return replyTo
  }

  /** The newest seqs after `seq`, ascending. */
  after(seq: number): number[] {
    const found: number[] = []
    for (let at = this.#replies.length - 1; at >= 0 && found.length < TOLD; at--) {
      const reply = this.#replies[at]?.[0] ?? 0
      if (reply <= seq) break
      found.push(reply)
    }
    return found.reverse()
  }

  toEntry(): readonly Reply[] {
    return this.#replies.slice(-REMEMBERED)
  }

  restore(replies: readonly Reply[]): void {
    this.#replies = [...replies]
  }
}
