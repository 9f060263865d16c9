import type { UserArea } from '../../../../shared/fabric/user-requests.ts'
import type { UserId } from '../../../../shared/protocol/ids.ts'
import type { StateRow } from '../store.ts'
import { type Database, integer, type StatementSync, text } from './database.ts'

/** What users keep of their own: settings, mutes, drafts, contacts, blocks, threads read, a row a key. */
export class UserTables {
  readonly #put: StatementSync
  /** How far a thread was read only rises, whatever its owner knew when it wrote. */
  readonly #rise: StatementSync
  readonly #delete: StatementSync
  readonly #page: StatementSync
  readonly #count: StatementSync
  readonly #get: StatementSync

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO user_state (user, area, key, value) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
    )
    this.#rise = db.prepare(
      `INSERT INTO user_state (user, area, key, value) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)`,
    )
    this.#delete = db.prepare('DELETE FROM user_state WHERE user = ? AND area = ? AND key = ?')
    this.#page = db.prepare(
      'SELECT key, value FROM user_state WHERE user = ? AND area = ? AND key > ? ORDER BY key LIMIT ?',
    )
    this.#count = db.prepare('SELECT count(*) AS count FROM user_state WHERE user = ? AND area = ?')
    this.#get = db.prepare('SELECT value FROM user_state WHERE user = ? AND area = ? AND key = ?')
  }

  set(user: UserId, area: UserArea, key: string, value: string | null): void {
    if (value !== null && area === 'thread') this.#rise.run(user, area, key, value)
    else if (value === null) this.#delete.run(user, area, key)
    else this.#put.run(user, area, key, value)
  }

  rows(user: UserId, area: UserArea, after: string | null, limit: number, maxBytes: number): StateRow[] {
    const found: StateRow[] = []
    let size = 0
    for (const row of this.#page.iterate(user, area, after ?? '', limit)) {
      const value = text(row, 'value')
      size += value.length
      if (found.length > 0 && size > maxBytes) break
      found.push({ key: text(row, 'key'), value })
    }
    return found
  }

  count(user: UserId, area: UserArea): number {
    const row = this.#count.get(user, area)
    return row === undefined ? 0 : integer(row, 'count')
  }

  value(user: UserId, area: UserArea, key: string): string | null {
    const row = this.#get.get(user, area, key)
    return row === undefined ? null : text(row, 'value')
  }
}
