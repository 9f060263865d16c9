/** What an event was, next to those before it. */
export type Verdict = 'next' | 'gap' | 'double'

const numberOf = (cursor: string): number => Number(cursor.slice(cursor.lastIndexOf(':') + 1))
const epochOf = (cursor: string): string => cursor.slice(0, cursor.lastIndexOf(':'))

/**
 * One user's queue as it came: each event names the one before it (`prev`), and each channel's messages are dense.
 * A gap is counted once and not healed (as the SDK would), so that it shows.
 */
export class Chain {
  cursor: string | null = null
  readonly #seqs = new Map<string, number>()

  /** The queue goes on from here: a first welcome, or a reset, after which channels may have moved on too. */
  begin(cursor: string): void {
    this.cursor = cursor
    this.#seqs.clear()
  }

  event(cursor: string, prev: string): Verdict {
    const last = this.cursor
    if (last !== null && epochOf(last) === epochOf(cursor) && numberOf(cursor) <= numberOf(last))
      return 'double'
    this.cursor = cursor
    return last === null || prev === last ? 'next' : 'gap'
  }

  /** The first message of a channel that is seen may have any seq. */
  message(channel: string, seq: number): Verdict {
    const last = this.#seqs.get(channel)
    if (last !== undefined && seq <= last) return 'double'
    this.#seqs.set(channel, seq)
    return last === undefined || seq === last + 1 ? 'next' : 'gap'
  }
}
