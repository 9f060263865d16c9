import type { UserShape } from '../../../../shared/fabric/calls.ts'
import { decodeSyncRecord, type UserRecord } from '../../../../shared/fabric/wire/sync-record.ts'
import { trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import { HIGHEST, nameKey } from '../names.ts'
import type { PackRecords } from '../store.ts'
import { type Database, type Row, type StatementSync, text, textOrNull } from './database.ts'
import type { LogTables } from './log-tables.ts'
import { QueueTables } from './queue-tables.ts'
import { UserTables } from './user-tables.ts'

const userOf = (row: Row): UserShape => ({
  id: trusted<UserId>(text(row, 'id')),
  name: text(row, 'name'),
  display_name: text(row, 'display_name'),
  avatar: textOrNull(row, 'avatar'),
})

/** What follows from SYNC: profiles, and each user's queue. */
export class SyncTables {
  readonly queues: QueueTables
  readonly states: UserTables
  readonly #log: LogTables
  readonly #userGet: StatementSync
  readonly #userPut: StatementSync
  readonly #nameDelete: StatementSync
  readonly #namePut: StatementSync
  readonly #byName: StatementSync
  readonly #byPrefix: StatementSync

  constructor(db: Database, log: LogTables) {
    this.queues = new QueueTables(db)
    this.states = new UserTables(db)
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
    this.#byPrefix = db.prepare(
      `SELECT u.id, u.name, u.display_name, u.avatar FROM users_by_name b JOIN users u ON u.id = b.id
       WHERE b.name_key >= ? AND b.name_key < ? ORDER BY b.name_key, u.id LIMIT ?`,
    )
  }

  write(packs: readonly PackRecords[]): void {
    const queues = this.queues.writer()
    for (const { at, records } of packs) {
      for (const bytes of records) {
        const record = decodeSyncRecord(bytes)
        if (record.type === 'user') {
          this.#change(record)
          continue
        }
        if (record.type === 'marks') continue
        queues.add(bytes, record.deliveries, at)
      }
    }
    queues.end()
  }

  #change({ user, change }: UserRecord): void {
    if (change.op === 'read') {
      this.#log.readUp(user, change.channel, change.seq)
      return
    }
    if (change.op === 'state') {
      this.states.set(user, change.area, change.key, change.value)
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

  usersByPrefix(key: string, limit: number): UserShape[] {
    return this.#byPrefix.all(key, key + HIGHEST, limit).map(userOf)
  }
}
