import { type ChannelBoard, opsOf } from './board.ts'
import { type Cursor, cursorOf } from './cursor.ts'
import { digest } from './digest.ts'
import type { FinalQueue, QueueEvent } from './history.ts'
import { UnusableHistory } from './parse.ts'
import type { Violations } from './violations.ts'

/** From so many members on, a channel isn't copied to its members' queues. */
const QUEUE_MEMBERS_MAX = 100

/** One epoch of a queue as devices were told it: by n, what (a digest) and where in the file. */
type Epoch = { readonly what: number[]; readonly line: number[] }

/** A user's queue: what devices were told of it during the run, and what it is in the end. */
export class Queue {
  readonly user: string
  /** The first cursor that a device knew, and where. */
  first: (Cursor & { readonly line: number }) | null = null
  /** The highest cursor that a device knew so far. */
  highest: Cursor | null = null
  /** The last message's event, in the end. */
  lastMessage: Cursor | null = null
  readonly #violations: Violations
  readonly #epochs = new Map<string, Epoch>()
  #position: string | null = null
  #since: Cursor | null = null
  readonly #spans = new Map<string, { first: number; last: number; line: number }>()

  constructor(user: string, violations: Violations) {
    this.user = user
    this.#violations = violations
  }

  /** The final state was read. */
  get isRead(): boolean {
    return this.#since !== null
  }

  /** A device came to know this cursor: of an event, or in a `welcome` or `synced`. */
  know(cursor: Cursor, line: number): void {
    this.first ??= { ...cursor, line }
    if (this.highest?.epoch !== cursor.epoch || this.highest.n < cursor.n) this.highest = cursor
  }

  /** A device was told this event. */
  tell(event: QueueEvent, cursor: Cursor, line: number): void {
    this.know(cursor, line)
    let epoch = this.#epochs.get(cursor.epoch)
    if (epoch === undefined) this.#epochs.set(cursor.epoch, (epoch = { what: [], line: [] }))
    const what = whatOf(event)
    const known = epoch.what[cursor.n]
    if (known === undefined) {
      epoch.what[cursor.n] = what
      epoch.line[cursor.n] = line
    } else if (known !== what)
      this.#violations.add('queue', `another event at ${event.cursor} than before`, {
        user: this.user,
        lines: [epoch.line[cursor.n] ?? 0, line],
      })
  }

  /** A part of the final state. */
  final(part: FinalQueue, line: number, boardOf: (channel: string) => ChannelBoard | undefined): void {
    const since = cursorOf(part.since)
    if (since === null) throw new UnusableHistory(`line ${line}: since is not a cursor`)
    this.#since ??= since
    this.#position ??= part.since
    for (const event of part.events) {
      const cursor = cursorOf(event.cursor)
      if (cursor === null || event.prev !== this.#position || cursor.n <= (cursorOf(event.prev)?.n ?? 0))
        this.#violations.add(
          'gap',
          `the queue goes on at ${event.prev} → ${event.cursor} after ${this.#position}`,
          {
            user: this.user,
            lines: [line],
          },
        )
      this.#position = event.cursor
      if (cursor === null) continue
      this.#compare(event, cursor, line)
      const board = event.channel === undefined ? undefined : boardOf(event.channel)
      if (event.kind === 'message' && board !== undefined) this.#message(event, cursor, board, line)
    }
  }

  #compare(event: QueueEvent, cursor: Cursor, line: number): void {
    const told = this.#epochs.get(cursor.epoch)
    const known = told?.what[cursor.n]
    if (told === undefined || known === undefined) return
    if (known !== whatOf(event))
      this.#violations.add('queue', `a device was told another event at ${event.cursor}`, {
        user: this.user,
        lines: [told.line[cursor.n] ?? 0, line],
      })
    // What is left in the end was told and doesn't stand in the queue.
    told.what[cursor.n] = Number.NaN
  }

  #message(event: QueueEvent, cursor: Cursor, board: ChannelBoard, line: number): void {
    const { seq = 0, cid = '', from = '', text = '' } = event
    this.lastMessage = cursor
    board.tell({ seq, cid, from, text: digest(text) }, line, `${this.user}'s queue`, true)
    const span = this.#spans.get(board.id)
    if (span === undefined) {
      this.#spans.set(board.id, { first: seq, last: seq, line })
      return
    }
    if (seq <= span.last)
      this.#violations.add('once', `${board.id}/${seq} comes after ${span.last} in the queue`, {
        channel: board.id,
        user: this.user,
        seq,
        lines: [span.line, line],
      })
    else if (seq > span.last + 1) this.#missing(board, span.last + 1, seq - 1, line)
    span.last = Math.max(span.last, seq)
    span.line = line
  }

  #missing(board: ChannelBoard, from: number, to: number, line: number, ackedAfter = 0): void {
    for (let seq = from; seq <= to; seq++) {
      const acked = board.messages[seq]?.acked ?? null
      if (ackedAfter > 0 && (acked === null || acked.invoked <= ackedAfter)) continue
      this.#violations.add(
        acked === null ? 'dense' : 'acked-kept',
        `${board.id}/${seq} is missing in the queue`,
        {
          channel: board.id,
          user: this.user,
          seq,
          ops: opsOf(acked),
          lines: acked === null ? [line] : [acked.line, line],
        },
      )
    }
  }

  /** Compares with the channels' final histories; `heads` are theirs. */
  end(boards: Iterable<ChannelBoard>, headOf: (channel: string) => number, line: number): void {
    const since = this.#since
    if (since === null) throw new UnusableHistory(`${this.user}'s queue was not read`)
    if (this.first !== null && since.epoch === this.first.epoch && since.n > this.first.n)
      throw new UnusableHistory(`${this.user}'s queue was read from a later cursor than its devices knew`)
    for (const board of boards) {
      if (!board.members.includes(this.user) || !isQueued(board)) continue
      const span = this.#spans.get(board.id)
      // What was sent after a device knew `since` must come after it; of what was sent before, nothing is known.
      const ackedAfter = since.n === 0 ? 0 : (this.first?.line ?? 0)
      this.#missing(board, 1, (span?.first ?? headOf(board.id) + 1) - 1, line, ackedAfter)
      if (span !== undefined) this.#missing(board, span.last + 1, headOf(board.id), line)
    }
    for (const [name, { what, line: lines }] of this.#epochs) this.#vanished(name, what, lines, since)
  }

  #vanished(epoch: string, what: number[], lines: number[], since: Cursor): void {
    // forEach passes over holes, which for in-order numbers is nearly all of them.
    what.forEach((value, n) => {
      if (Number.isNaN(value)) return
      if (epoch === since.epoch && n <= since.n) return
      this.#violations.add(
        'queue',
        `a device was told an event at ${epoch}:${n}, which the queue doesn't hold`,
        {
          user: this.user,
          lines: [lines[n] ?? 0],
        },
      )
    })
  }
}

const isQueued = (board: ChannelBoard) =>
  board.kind !== 'broadcast' && board.members.length < QUEUE_MEMBERS_MAX

function whatOf({ prev, kind, channel, seq, cid, from, text }: QueueEvent): number {
  if (kind !== 'message') return digest(`${prev} ${kind}`)
  return digest(`${prev} ${kind} ${channel} ${seq} ${cid} ${from} ${text}`)
}
