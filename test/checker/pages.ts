import { type ChannelBoard, opsOf } from './board.ts'
import { digest } from './digest.ts'
import type { ChannelsOk, FinalHistory, History, HistoryOk } from './history.ts'
import type { Violations } from './violations.ts'

/** A read under way: the highest acked seq when it began. */
export type Reading = { readonly acked: number; readonly ackedLine: number; readonly line: number }

export const readingOf = (board: ChannelBoard, line: number): Reading => ({
  acked: board.ackedHead,
  ackedLine: board.ackedLine,
  line,
})

/** A page of history, as a client got it in the middle of the run. */
export function checkPage(
  board: ChannelBoard,
  asked: History,
  answer: HistoryOk,
  { acked, ackedLine, line: began }: Reading,
  line: number,
  violations: Violations,
): void {
  const { items, partial, more } = answer
  const where = {
    channel: board.id,
    user: asked.user,
    client: asked.client,
    ops: [asked.op],
    lines: [began, line],
  }
  const who = `${asked.user}'s page`
  for (const { seq, cid, from, text, at } of items)
    board.tell({ seq, cid, from, text: digest(text), at }, line, who)
  const first = items[0]?.seq
  const last = items.at(-1)?.seq
  for (let index = 1; index < items.length; index++) {
    const [before, after] = [items[index - 1]?.seq ?? 0, items[index]?.seq ?? 0]
    if (after !== before + 1 && !(partial && after > before))
      violations.add('dense', `${who} has ${after} after ${before}`, { ...where, seq: after })
  }
  if (partial) return
  const unread = (seq: number) =>
    violations.add('read-your-writes', `${who} lacks ${board.id}/${seq}, acked before it was asked for`, {
      ...where,
      seq,
      lines: [ackedLine, began, line],
    })
  if (asked.after !== undefined) {
    if (first === undefined) {
      if (acked > asked.after) unread(asked.after + 1)
      return
    }
    if (first !== asked.after + 1)
      violations.add('dense', `${who} begins at ${first} after ${asked.after}`, { ...where, seq: first })
    else if (more === false && last !== undefined && last < acked) unread(last + 1)
    return
  }
  const newest = asked.before === undefined ? acked : Math.min(acked, asked.before - 1)
  if ((last ?? 0) < newest) unread(newest)
  if (asked.before !== undefined && last !== undefined && last >= asked.before)
    violations.add('dense', `${who} ends at ${last}, asked before ${asked.before}`, { ...where, seq: last })
}

/** The heads in a list of channels. */
export function checkHeads(
  boardOf: (channel: string) => ChannelBoard | undefined,
  before: ReadonlyMap<string, Reading>,
  { items, op }: ChannelsOk,
  line: number,
  violations: Violations,
): void {
  for (const { id, head } of items) {
    const board = boardOf(id)
    const reading = before.get(id)
    if (board === undefined || reading === undefined) continue
    if (head > board.namedHead) {
      board.namedHead = head
      board.namedLine = line
    }
    if (head < reading.acked)
      violations.add(
        'read-your-writes',
        `the list of channels has head ${head} after ${reading.acked} was acked`,
        {
          channel: id,
          seq: reading.acked,
          ops: [op],
          lines: [reading.ackedLine, reading.line, line],
        },
      )
  }
}

/** The whole history of one channel, as each of its members reads it after the run. */
export class FinalHistories {
  readonly #violations: Violations
  /** By channel and reader: the last seq read. */
  readonly #read = new Map<string, Map<string, number>>()

  constructor(violations: Violations) {
    this.#violations = violations
  }

  take(board: ChannelBoard, { reader, items }: FinalHistory, line: number): void {
    let readers = this.#read.get(board.id)
    if (readers === undefined) this.#read.set(board.id, (readers = new Map()))
    let last = readers.get(reader) ?? 0
    for (const { seq, cid, from, text, at } of items) {
      board.tell({ seq, cid, from, text: digest(text), at }, line, `${reader}'s final history`, true)
      if (seq <= last)
        this.#violations.add('dense', `${reader} reads ${seq} after ${last}`, {
          channel: board.id,
          seq,
          lines: [line],
        })
      for (let missing = last + 1; missing < seq; missing++) this.#missing(board, reader, missing, line, true)
      last = Math.max(last, seq)
    }
    readers.set(reader, last)
  }

  hasRead(channel: string, reader: string): boolean {
    return this.#read.get(channel)?.has(reader) ?? false
  }

  /** The channel's head: as far as any member could read. */
  headOf(channel: string): number {
    return Math.max(0, ...(this.#read.get(channel)?.values() ?? []))
  }

  /** Nothing that anyone was told is beyond the end. */
  end(board: ChannelBoard, line: number): void {
    const head = this.headOf(board.id)
    for (const [reader, last] of this.#read.get(board.id) ?? [])
      for (let seq = last + 1; seq <= Math.max(head, board.toldHead); seq++)
        if (board.messages[seq] !== undefined) this.#missing(board, reader, seq, line, seq <= head)
    if (board.namedHead > head)
      this.#violations.add('one-order', `a list of channels named head ${board.namedHead}; it is ${head}`, {
        channel: board.id,
        seq: board.namedHead,
        lines: [board.namedLine, line],
      })
  }

  #missing(board: ChannelBoard, reader: string, seq: number, line: number, isHole: boolean): void {
    const known = board.messages[seq]
    const acked = known?.acked ?? null
    const where = { channel: board.id, user: reader, seq, ops: opsOf(acked) }
    const lines = known === undefined ? [line] : [acked?.line ?? known.line, line]
    if (isHole) this.#violations.add('dense', `${reader} can't read ${seq}`, { ...where, lines })
    if (acked !== null)
      this.#violations.add('acked-kept', `${reader} can't read ${seq}, which was acked`, { ...where, lines })
    else if (!isHole)
      this.#violations.add('one-order', `${reader} can't read ${seq}, which was told`, { ...where, lines })
  }
}
