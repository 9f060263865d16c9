import { decodeLogRecord, type MessageRecord } from '../../../../shared/fabric/wire/log-record.ts'
import type { Expiring } from '../store.ts'
import { bytes, type Database, type StatementSync } from './database.ts'

/** When messages are over, by partition and time: of those that aren't deleted yet. */
export class ExpiryTable {
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #due: StatementSync

  constructor(db: Database) {
    this.#put = db.prepare(
      'INSERT INTO expiries (partition, at, channel, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#delete = db.prepare(
      'DELETE FROM expiries WHERE partition = ? AND at = ? AND channel = ? AND seq = ?',
    )
    this.#due = db.prepare(
      `SELECT m.record FROM expiries e JOIN messages m ON m.channel = e.channel AND m.seq = e.seq
       WHERE e.partition = ? AND e.at <= ? ORDER BY e.at, e.channel, e.seq LIMIT ?`,
    )
  }

  add(partition: number, { expires, channel, seq }: MessageRecord): void {
    if (expires > 0) this.#put.run(partition, expires, channel, seq)
  }

  /** It was deleted. */
  remove(partition: number, { expires, channel, seq }: MessageRecord): void {
    if (expires > 0) this.#delete.run(partition, expires, channel, seq)
  }

  due(partition: number, until: number, limit: number, maxMentions: number): Expiring[] {
    const found: Expiring[] = []
    let mentioned = 0
    for (const row of this.#due.iterate(partition, until, limit)) {
      const record = decodeLogRecord(bytes(row, 'record'))
      if (record.type !== 'message') throw new TypeError('a change stands where a message belongs')
      const { channel, seq, from, expires, mentions } = record
      mentioned += mentions.users.length
      if (found.length > 0 && mentioned > maxMentions) break
      found.push({ channel, seq, from, mentions: [...mentions.users], at: expires })
    }
    return found
  }
}
