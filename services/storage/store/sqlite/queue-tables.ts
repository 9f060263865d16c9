import type { Delivery } from '../../../../shared/fabric/wire/sync-record.ts'
import { eventBodyBytes } from '../../../../shared/fabric/wire/sync-record.ts'
import { trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import type { StoredEvent, TrimResult } from '../store.ts'
import { bytes, type Database, integer, type StatementSync, text } from './database.ts'

/** An event's number and length on a page. */
const EVENT_OVERHEAD_BYTES = 10
const ID_BYTES = 6
/** Between two neighbours in a run (ms): it is old when its newest event is. */
const RUN_SPAN_MS = 60_000

/** Consecutive numbers of one queue, and the events that they are. */
type Run = { readonly user: UserId; readonly first: number; last: number; at: number; readonly ids: number[] }

/**
 * Each user's queue. What one group of writes adds to a queue is one row, a run: a row a delivery is a hundred times as
 * many for groups of a hundred, and would be nearly all that the store does.
 */
export class QueueTables {
  readonly #eventPut: StatementSync
  readonly #eventGet: StatementSync
  readonly #runPut: StatementSync
  readonly #oldest: StatementSync
  readonly #newest: StatementSync
  readonly #runsFrom: StatementSync
  readonly #nextUser: StatementSync
  readonly #firstYoung: StatementSync
  readonly #runsBelow: StatementSync
  readonly #runDelete: StatementSync
  readonly #unref: StatementSync
  readonly #eventDelete: StatementSync

  constructor(db: Database) {
    this.#eventPut = db.prepare('INSERT INTO events (refs, body) VALUES (?, ?)')
    this.#eventGet = db.prepare('SELECT body FROM events WHERE id = ?')
    this.#runPut = db.prepare('INSERT INTO queues (user, first, last, at, events) VALUES (?, ?, ?, ?, ?)')
    this.#oldest = db.prepare('SELECT first FROM queues WHERE user = ? ORDER BY first LIMIT 1')
    this.#newest = db.prepare('SELECT last FROM queues WHERE user = ? ORDER BY first DESC LIMIT 1')
    this.#runsFrom = db.prepare(
      `SELECT first, events FROM queues WHERE user = ?1
         AND first >= coalesce((SELECT max(first) FROM queues WHERE user = ?1 AND first <= ?2), 0)
       ORDER BY first`,
    )
    this.#nextUser = db.prepare('SELECT user FROM queues WHERE user > ? ORDER BY user LIMIT 1')
    this.#firstYoung = db.prepare(
      'SELECT first FROM queues WHERE user = ? AND at >= ? ORDER BY first LIMIT 1',
    )
    this.#runsBelow = db.prepare(
      'SELECT first, last, at, events FROM queues WHERE user = ? AND first < ? ORDER BY first LIMIT ?',
    )
    this.#runDelete = db.prepare('DELETE FROM queues WHERE user = ? AND first = ?')
    this.#unref = db.prepare('UPDATE events SET refs = refs - 1 WHERE id = ?')
    this.#eventDelete = db.prepare('DELETE FROM events WHERE id = ? AND refs <= 0')
  }

  /** What one group adds, once all its events were given. */
  writer(): QueueWriter {
    return new QueueWriter(this.#eventPut, this.#runPut)
  }

  page(user: UserId, after: number, maxBytes: number): { oldest: number; events: StoredEvent[] } {
    const first = this.#oldest.get(user)
    const events: StoredEvent[] = []
    let size = 0
    for (const row of this.#runsFrom.iterate(user, after + 1)) {
      const start = integer(row, 'first')
      for (const [at, id] of idsOf(bytes(row, 'events')).entries()) {
        const n = start + at
        if (n <= after) continue
        const event = this.#eventGet.get(id)
        if (event === undefined) throw new Error(`event ${n} of ${user} is in the queue, and not there`)
        const body = bytes(event, 'body')
        size += body.length + EVENT_OVERHEAD_BYTES
        if (events.length > 0 && size > maxBytes) return { oldest: oldestOf(first), events }
        events.push({ n, body })
      }
    }
    return { oldest: oldestOf(first), events }
  }

  trim(after: UserId | null, before: number, keep: number, limit: number): TrimResult {
    let user = after ?? ''
    let removed = 0
    for (let seen = 0; seen < limit; seen++) {
      const next = this.#nextUser.get(user)
      if (next === undefined) return { next: null, removed }
      const candidate = text(next, 'user')
      removed += this.#trimUser(candidate, before, keep, limit - removed)
      // Not all of this user's could go: the next pass begins with the same user.
      if (removed >= limit) return { next: user === '' ? null : trusted<UserId>(user), removed }
      user = candidate
    }
    return { next: trusted<UserId>(user), removed }
  }

  /** The events below the bound, at most `limit`. */
  #trimUser(user: string, before: number, keep: number, limit: number): number {
    const newestRow = this.#newest.get(user)
    if (newestRow === undefined) return 0
    const newest = integer(newestRow, 'last')
    const young = this.#firstYoung.get(user, before)
    const bound = Math.min(
      newest,
      Math.max(newest - keep + 1, young === undefined ? newest : integer(young, 'first')),
    )
    let removed = 0
    for (const row of this.#runsBelow.all(user, bound, limit)) {
      const first = integer(row, 'first')
      const last = integer(row, 'last')
      const events = bytes(row, 'events')
      const count = Math.min(last + 1, bound, first + limit - removed) - first
      if (count <= 0) break
      for (const id of idsOf(events.subarray(0, count * ID_BYTES))) {
        this.#unref.run(id)
        this.#eventDelete.run(id)
      }
      this.#runDelete.run(user, first)
      if (first + count <= last)
        this.#runPut.run(user, first + count, last, integer(row, 'at'), events.subarray(count * ID_BYTES))
      removed += count
    }
    return removed
  }
}

/** Gathers a group's events into runs. */
export class QueueWriter {
  readonly #eventPut: StatementSync
  readonly #runPut: StatementSync
  readonly #runs = new Map<UserId, Run>()
  readonly #ended: Run[] = []

  constructor(eventPut: StatementSync, runPut: StatementSync) {
    this.#eventPut = eventPut
    this.#runPut = runPut
  }

  /** @param record of an event, with its deliveries. */
  add(record: Uint8Array, deliveries: readonly Delivery[], at: number): void {
    // A position that moved without an event is kept in the log as one that nobody receives.
    if (deliveries.length === 0) return
    const { lastInsertRowid } = this.#eventPut.run(deliveries.length, eventBodyBytes(record))
    const id = Number(lastInsertRowid)
    for (const { user, n } of deliveries) {
      const run = this.#runs.get(user)
      if (run !== undefined && n === run.last + 1 && at - run.at <= RUN_SPAN_MS) {
        run.last = n
        run.at = at
        run.ids.push(id)
        continue
      }
      if (run !== undefined) this.#ended.push(run)
      this.#runs.set(user, { user, first: n, last: n, at, ids: [id] })
    }
  }

  /** In the order of users, so that neighbours in the table are written one after the other. */
  end(): void {
    const runs = [...this.#ended, ...this.#runs.values()].sort(byUserAndFirst)
    for (const { user, first, last, at, ids } of runs) this.#runPut.run(user, first, last, at, bytesOf(ids))
  }
}

const byUserAndFirst = (a: Run, b: Run): number =>
  a.user === b.user ? a.first - b.first : a.user < b.user ? -1 : 1

const oldestOf = (row: ReturnType<StatementSync['get']>): number =>
  row === undefined ? 0 : integer(row, 'first')

function bytesOf(ids: readonly number[]): Buffer {
  const packed = Buffer.allocUnsafe(ids.length * ID_BYTES)
  for (const [at, id] of ids.entries()) packed.writeUIntBE(id, at * ID_BYTES, ID_BYTES)
  return packed
}

function idsOf(packed: Uint8Array): number[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  return Array.from({ length: buffer.length / ID_BYTES }, (_, at) =>
    buffer.readUIntBE(at * ID_BYTES, ID_BYTES),
  )
}
