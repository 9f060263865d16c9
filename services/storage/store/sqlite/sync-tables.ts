import type { UserShape } from '../../../../shared/fabric/calls.ts'
import {
  decodeSyncRecord,
  eventBodyBytes,
  type UserRecord,
} from '../../../../shared/fabric/wire/sync-record.ts'
import { trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import { nameKey } from '../names.ts'
import type { PackRecords, StoredEvent, TrimResult } from '../store.ts'
import { bytes, type Database, integer, type Row, type StatementSync, text, textOrNull } from './database.ts'
import type { LogTables } from './log-tables.ts'

const userOf = (row: Row): UserShape => ({
  id: trusted<UserId>(text(row, 'id')),
  name: text(row, 'name'),
  display_name: text(row, 'display_name'),
  avatar: textOrNull(row, 'avatar'),
})

/** What follows from SYNC: profiles, and each user's queue. */
export class SyncTables {
  readonly #log: LogTables
  readonly #userGet: StatementSync
  readonly #userPut: StatementSync
  readonly #nameDelete: StatementSync
  readonly #namePut: StatementSync
  readonly #byName: StatementSync
  readonly #eventPut: StatementSync
  readonly #queuePut: StatementSync
  readonly #oldest: StatementSync
  readonly #newest: StatementSync
  readonly #page: StatementSync
  readonly #nextUser: StatementSync
  readonly #firstYoung: StatementSync
  readonly #trimmable: StatementSync
  readonly #queueDelete: StatementSync
  readonly #unref: StatementSync
  readonly #eventDelete: StatementSync

  constructor(db: Database, log: LogTables) {
    this.#log = log
    this.#userGet = db.prepare('SELECT id, name, display_name, avatar, name_key FROM users WHERE id = ?')
    this.#userPut = db.prepare(
      `INSERT INTO users (id, name, display_name, avatar, name_key) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET name = excluded.name, display_name = excluded.display_name,
         avatar = excluded.avatar, name_key = excluded.name_key`,
    )
    this.#nameDelete = db.prepare('DELETE FROM users_by_name WHERE name_key = ? AND id = ?')
    this.#namePut = db.prepare(
      'INSERT INTO users_by_name (name_key, id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    )
    this.#byName = db.prepare(
      `SELECT u.id, u.name, u.display_name, u.avatar FROM users_by_name b JOIN users u ON u.id = b.id
       WHERE b.name_key = ? ORDER BY u.id LIMIT 100`,
    )
    this.#eventPut = db.prepare('INSERT INTO events (refs, body) VALUES (?, ?)')
    this.#queuePut = db.prepare('INSERT INTO queues (user, n, at, event) VALUES (?, ?, ?, ?)')
    this.#oldest = db.prepare('SELECT n FROM queues WHERE user = ? ORDER BY n LIMIT 1')
    this.#newest = db.prepare('SELECT n FROM queues WHERE user = ? ORDER BY n DESC LIMIT 1')
    this.#page = db.prepare(
      'SELECT q.n, e.body FROM queues q JOIN events e ON e.id = q.event WHERE q.user = ? AND q.n > ? ORDER BY q.n',
    )
    this.#nextUser = db.prepare('SELECT user FROM queues WHERE user > ? ORDER BY user LIMIT 1')
    this.#firstYoung = db.prepare('SELECT n FROM queues WHERE user = ? AND at >= ? ORDER BY n LIMIT 1')
    this.#trimmable = db.prepare('SELECT n, event FROM queues WHERE user = ? AND n < ? ORDER BY n LIMIT ?')
    this.#queueDelete = db.prepare('DELETE FROM queues WHERE user = ? AND n = ?')
    this.#unref = db.prepare('UPDATE events SET refs = refs - 1 WHERE id = ?')
    this.#eventDelete = db.prepare('DELETE FROM events WHERE id = ? AND refs <= 0')
  }

  write(packs: readonly PackRecords[]): void {
    for (const { at, records } of packs) {
      for (const bytes of records) {
        const record = decodeSyncRecord(bytes)
        if (record.type === 'user') {
          this.#change(record)
          continue
        }
        // A position that moved without an event is kept in the log as one that nobody receives.
        if (record.deliveries.length === 0) continue
        const { lastInsertRowid } = this.#eventPut.run(record.deliveries.length, eventBodyBytes(bytes))
        for (const { user, n } of record.deliveries) this.#queuePut.run(user, n, at, lastInsertRowid)
      }
    }
  }

  #change({ user, change }: UserRecord): void {
    if (change.op === 'read') {
      this.#log.readUp(user, change.channel, change.seq)
      return
    }
    const key = nameKey(change.name)
    const before = this.#userGet.get(user)
    if (before !== undefined) this.#nameDelete.run(text(before, 'name_key'), user)
    this.#userPut.run(user, change.name, change.displayName, change.avatar, key)
    this.#namePut.run(key, user)
  }

  users(ids: readonly UserId[]): UserShape[] {
    return ids.flatMap((id) => {
      const row = this.#userGet.get(id)
      return row === undefined ? [] : [userOf(row)]
    })
  }

  usersByName(key: string): UserShape[] {
    return this.#byName.all(key).map(userOf)
  }

  queue(user: UserId, after: number, maxBytes: number): { oldest: number; events: StoredEvent[] } {
    const first = this.#oldest.get(user)
    const events: StoredEvent[] = []
    let size = 0
    for (const row of this.#page.iterate(user, after)) {
      const body = bytes(row, 'body')
      size += body.length + EVENT_OVERHEAD_BYTES
      if (events.length > 0 && size > maxBytes) break
      events.push({ n: integer(row, 'n'), body })
    }
    return { oldest: first === undefined ? 0 : integer(first, 'n'), events }
  }

  trim(after: UserId | null, before: number, keep: number, limit: number): TrimResult {
    let user = after ?? ''
    let removed = 0
    for (let seen = 0; seen < limit; seen++) {
      const next = this.#nextUser.get(user)
      if (next === undefined) return { next: null, removed }
      const candidate = text(next, 'user')
      const gone = this.#trimUser(candidate, before, keep, limit - removed)
      removed += gone
      // Not all of this user's could go: the next pass begins with the same user.
      if (removed >= limit) return { next: user === '' ? null : trusted<UserId>(user), removed }
      user = candidate
    }
    return { next: trusted<UserId>(user), removed }
  }

  #trimUser(user: string, before: number, keep: number, limit: number): number {
    const last = this.#newest.get(user)
    if (last === undefined) return 0
    const newest = integer(last, 'n')
    const young = this.#firstYoung.get(user, before)
    const bound = Math.min(
      newest,
      Math.max(newest - keep + 1, young === undefined ? newest : integer(young, 'n')),
    )
    const rows = this.#trimmable.all(user, bound, limit)
    for (const row of rows) {
      const event = integer(row, 'event')
      this.#queueDelete.run(user, integer(row, 'n'))
      this.#unref.run(event)
      this.#eventDelete.run(event)
    }
    return rows.length
  }
}

/** An event's number and length on a page. */
const EVENT_OVERHEAD_BYTES = 10
