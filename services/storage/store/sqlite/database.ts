import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { StoreRefused } from '../store.ts'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'

export type { StatementSync }
export type Row = Record<string, SQLOutputValue>

const BUSY_MS = 5_000
/** The writer's: SQLite's own default of 2 MiB holds the pages that a second of messages touches not even once. */
const CACHE_KIB = 64 * 1024
/** A reader's: SQLite forgets it with each commit of another connection, so more would hold nothing longer. */
const READER_CACHE_KIB = 4 * 1024
/** 64 MiB of 4 KiB pages: a page that is written again and again goes into the file once a checkpoint. */
const CHECKPOINT_PAGES = 16_384

/** Of several connections to a file, one writes; a reader refuses to. */
export type Role = 'writer' | 'reader'

/** One SQLite file, opened so that what was committed survives a power cut. */
export class Database {
  readonly #db: DatabaseSync

  constructor(path: string, role: Role) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#db = new DatabaseSync(path)
    try {
      chmodSync(path, 0o600)
      this.#db.exec(`PRAGMA busy_timeout=${BUSY_MS}`)
      this.#db.exec('PRAGMA journal_mode=WAL')
      // FULL: a commit is on disk when it returns. NORMAL could lose what was confirmed to the owners.
      this.#db.exec('PRAGMA synchronous=FULL')
      this.#db.exec(`PRAGMA cache_size=-${role === 'writer' ? CACHE_KIB : READER_CACHE_KIB}`)
      this.#db.exec(`PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}`)
      this.transaction(() => this.#migrate(path))
      if (role === 'reader') this.#db.exec('PRAGMA query_only=ON')
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql)
  }

  transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.#db.close()
  }

  #migrate(path: string): void {
    const row = this.#db.prepare('PRAGMA user_version').get()
    const version = row === undefined ? 0 : integer(row, 'user_version')
    if (version > SCHEMA_VERSION) {
      throw new StoreRefused(
        `${path} has schema version ${version}, this program knows ${SCHEMA_VERSION}: run the newer program`,
      )
    }
    for (const step of SCHEMA.slice(version)) this.#db.exec(step)
    this.#db.exec(`PRAGMA user_version=${SCHEMA_VERSION}`)
  }
}

const wrong = (column: string): Error => new TypeError(`column ${column} holds another type than it should`)

export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw wrong(column)
  return value
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw wrong(column)
  return value
}

export const textOrNull = (row: Row, column: string): string | null =>
  row[column] === null ? null : text(row, column)

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw wrong(column)
  return value
}
