import { trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import type { Seen } from '../store.ts'
import { type Database, integer, type StatementSync, text } from './database.ts'

/** When users were last there, as presence says. */
export class SeenTable {
  readonly #put: StatementSync
  readonly #get: StatementSync

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO seen (user, at) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET at = excluded.at WHERE excluded.at > seen.at`,
    )
    this.#get = db.prepare('SELECT user, at FROM seen WHERE user = ?')
  }

  note(seen: readonly Seen[]): void {
    for (const { user, at } of seen) this.#put.run(user, at)
  }

  of(users: readonly UserId[]): Seen[] {
    return users.flatMap((user) => {
      const row = this.#get.get(user)
      return row === undefined ? [] : [{ user: trusted<UserId>(text(row, 'user')), at: integer(row, 'at') }]
    })
  }
}
