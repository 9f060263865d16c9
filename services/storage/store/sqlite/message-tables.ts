import type { MessageChange } from '../../../../shared/fabric/wire/changes/messages.ts'
import {
  type ChannelRecord,
  decodeLogRecord,
  type MessageRecord,
} from '../../../../shared/fabric/wire/log-record.ts'
import type { MessagePlace } from '../../../../shared/fabric/wire/message-event.ts'
import { type ChannelId, trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import { MAX_VERSIONS } from '../../../../shared/protocol/limits.ts'
import { isoTime } from '../../../../shared/protocol/time.ts'
import type { StoredChange } from '../store.ts'
import { bytes, type Database, integer, type StatementSync, text } from './database.ts'
import type { ExpiryTable } from './expiry-table.ts'
import type { ThreadTables } from './thread-tables.ts'

/** What a record of plain JSON begins with (`reads/bodies.ts`). */
const BRACE = 0x7b

/** What became of messages: their edits, who reacted, and that they were deleted. */
export class MessageTables {
  readonly #threads: ThreadTables
  readonly #expiries: ExpiryTable
  readonly #messageGet: StatementSync
  readonly #messageSet: StatementSync
  readonly #deletedPut: StatementSync
  readonly #editPut: StatementSync
  readonly #changedPut: StatementSync
  readonly #editAdd: StatementSync
  readonly #editsDelete: StatementSync
  readonly #editTooMany: StatementSync
  readonly #editsGet: StatementSync
  readonly #reactionPut: StatementSync
  readonly #reactionDelete: StatementSync
  readonly #reactionsClear: StatementSync
  readonly #changedGet: StatementSync
  readonly #reactionsGet: StatementSync
  readonly #deletedGet: StatementSync
  readonly #recordPut: StatementSync
  readonly #recordsGet: StatementSync
  readonly #recordsDelete: StatementSync

  constructor(db: Database, threads: ThreadTables, expiries: ExpiryTable) {
    this.#threads = threads
    this.#expiries = expiries
    this.#messageGet = db.prepare('SELECT record FROM messages WHERE channel = ? AND seq = ?')
    this.#messageSet = db.prepare('UPDATE messages SET record = ? WHERE channel = ? AND seq = ?')
    this.#deletedPut = db.prepare(
      `INSERT INTO changed (channel, seq, deleted, edit) VALUES (?, ?, 1, NULL)
       ON CONFLICT DO UPDATE SET deleted = 1, edit = NULL`,
    )
    this.#editPut = db.prepare(
      `INSERT INTO changed (channel, seq, deleted, edit) VALUES (?, ?, 0, ?)
       ON CONFLICT DO UPDATE SET edit = excluded.edit WHERE deleted = 0`,
    )
    this.#changedPut = db.prepare(
      'INSERT INTO changed (channel, seq, deleted, edit) VALUES (?, ?, 0, NULL) ON CONFLICT DO NOTHING',
    )
    this.#editAdd = db.prepare(
      'INSERT INTO edits (channel, seq, rev, record) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#editsDelete = db.prepare('DELETE FROM edits WHERE channel = ? AND seq = ? AND rev <= ?')
    this.#editTooMany = db.prepare(
      'SELECT rev FROM edits WHERE channel = ? AND seq = ? ORDER BY rev DESC LIMIT 1 OFFSET ?',
    )
    this.#editsGet = db.prepare(
      'SELECT record FROM edits WHERE channel = ? AND seq = ? AND rev > ? ORDER BY rev LIMIT ?',
    )
    this.#reactionPut = db.prepare(
      'INSERT INTO reactions (channel, seq, emoji, user) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#reactionDelete = db.prepare(
      'DELETE FROM reactions WHERE channel = ? AND seq = ? AND emoji = ? AND user = ?',
    )
    this.#reactionsClear = db.prepare('DELETE FROM reactions WHERE channel = ? AND seq = ?')
    this.#changedGet = db.prepare(
      `SELECT s.seq, coalesce(c.deleted, 0) AS deleted, c.edit, t.replies, t.last FROM
         (SELECT seq FROM changed WHERE channel = ?1 AND seq BETWEEN ?2 AND ?3
          UNION SELECT thread FROM threads WHERE channel = ?1 AND thread BETWEEN ?2 AND ?3) s
       LEFT JOIN changed c ON c.channel = ?1 AND c.seq = s.seq
       LEFT JOIN threads t ON t.channel = ?1 AND t.thread = s.seq ORDER BY s.seq`,
    )
    this.#recordPut = db.prepare(
      'INSERT INTO channel_records (channel, rev, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#recordsGet = db.prepare(
      'SELECT rev, record FROM channel_records WHERE channel = ? AND rev > ? ORDER BY rev LIMIT ?',
    )
    this.#recordsDelete = db.prepare(
      `DELETE FROM channel_records WHERE channel = ? AND rev IN
         (SELECT rev FROM edits WHERE channel = ? AND seq = ? AND rev <= ?)`,
    )
    this.#deletedGet = db.prepare('SELECT 1 FROM changed WHERE channel = ? AND seq = ? AND deleted = 1')
    this.#reactionsGet = db.prepare(
      'SELECT seq, emoji, user FROM reactions WHERE channel = ? AND seq BETWEEN ? AND ? ORDER BY seq, rowid',
    )
  }

  write(
    { channel, by, rev }: ChannelRecord,
    change: MessageChange,
    { partition, bytesOf: record }: { readonly partition: number; readonly bytesOf: Uint8Array },
  ): void {
    const { seq } = change
    switch (change.op) {
      case 'edited':
        this.#editPut.run(channel, seq, record)
        this.#editAdd.run(channel, seq, rev, record)
        this.#trimEdits(channel, seq)
        return
      case 'deleted':
        this.#delete(channel, seq, partition)
        return
      case 'reaction':
        this.#changedPut.run(channel, seq)
        if (change.on) this.#reactionPut.run(channel, seq, change.emoji, by)
        else this.#reactionDelete.run(channel, seq, change.emoji, by)
    }
  }

  /** Of the messages `first`…`last`, those that were changed. */
  changes(channel: ChannelId, first: number, last: number): StoredChange[] {
    const rows = this.#changedGet.all(channel, first, last)
    if (rows.length === 0) return []
    const reactions = new Map<number, Map<string, UserId[]>>()
    for (const row of this.#reactionsGet.iterate(channel, first, last)) {
      const ofMessage = reactions.get(integer(row, 'seq')) ?? new Map<string, UserId[]>()
      reactions.set(integer(row, 'seq'), ofMessage)
      const users = ofMessage.get(text(row, 'emoji')) ?? []
      ofMessage.set(text(row, 'emoji'), users)
      users.push(trusted<UserId>(text(row, 'user')))
    }
    return rows.map((row) => ({
      seq: integer(row, 'seq'),
      deleted: integer(row, 'deleted') === 1,
      replies: row['last'] === null ? null : { count: integer(row, 'replies'), last: integer(row, 'last') },
      edit: row['edit'] === null ? null : bytes(row, 'edit'),
      reactions: [...(reactions.get(integer(row, 'seq')) ?? [])].map(([emoji, users]) => ({ emoji, users })),
    }))
  }

  /** Single messages and what became of them, up to the first that isn't there. */
  at(channel: ChannelId, seqs: readonly number[], maxBytes: number) {
    const found: { readonly record: Uint8Array; readonly change: StoredChange | null }[] = []
    let size = 0
    for (const seq of seqs) {
      const row = this.#messageGet.get(channel, seq)
      if (row === undefined) break
      const record = bytes(row, 'record')
      size += record.length
      if (found.length > 0 && size > maxBytes) break
      found.push({ record, change: this.changes(channel, seq, seq)[0] ?? null })
    }
    return found
  }

  /** Any change of a channel, for those who ask what they missed. */
  note({ channel, rev }: ChannelRecord, record: Uint8Array): void {
    this.#recordPut.run(channel, rev, record)
  }

  records(channel: ChannelId, afterRev: number, limit: number, maxBytes: number) {
    const records: { readonly rev: number; readonly record: Uint8Array }[] = []
    let size = 0
    for (const row of this.#recordsGet.iterate(channel, afterRev, limit + 1)) {
      const record = bytes(row, 'record')
      size += record.length
      if (records.length === limit || (records.length > 0 && size > maxBytes)) return { records, more: true }
      records.push({ rev: integer(row, 'rev'), record })
    }
    return { records, more: false }
  }

  deletedAmong(places: readonly MessagePlace[]): number[] {
    return places.flatMap(({ channel, seq }, index) =>
      this.#deletedGet.get(channel, seq) === undefined ? [] : [index],
    )
  }

  /** The records of a message's edits after a rev, oldest first. */
  edits(channel: ChannelId, seq: number, afterRev: number, limit: number): Uint8Array[] {
    return this.#editsGet.all(channel, seq, afterRev, limit).map((row) => bytes(row, 'record'))
  }

  #trimEdits(channel: ChannelId, seq: number): void {
    const row = this.#editTooMany.get(channel, seq, MAX_VERSIONS)
    if (row !== undefined) this.#forgetEdits(channel, seq, integer(row, 'rev'))
  }

  /** Where a channel's changes are listed too: what isn't among the edits wouldn't be found there at a deletion. */
  #forgetEdits(channel: ChannelId, seq: number, upToRev: number): void {
    this.#recordsDelete.run(channel, channel, seq, upToRev)
    this.#editsDelete.run(channel, seq, upToRev)
  }

  /** The message keeps its place; its body, and what became of it, are gone. */
  #delete(channel: ChannelId, seq: number, partition: number): void {
    const row = this.#messageGet.get(channel, seq)
    if (row !== undefined) {
      const record = bytes(row, 'record')
      if (record[0] !== BRACE) this.#bury(messageOf(record), partition)
    }
    this.#deletedPut.run(channel, seq)
    this.#forgetEdits(channel, seq, Number.MAX_SAFE_INTEGER)
    this.#reactionsClear.run(channel, seq)
  }

  #bury(message: MessageRecord, partition: number): void {
    const { channel, seq, thread } = message
    this.#messageSet.run(tombstone(message), channel, seq)
    this.#expiries.remove(partition, message)
    if (thread > 0) this.#threads.deleted(channel, thread, seq)
  }
}

function messageOf(bytesOf: Uint8Array): MessageRecord {
  const record = decodeLogRecord(bytesOf)
  if (record.type !== 'message') throw new TypeError('a change of a channel stands where a message belongs')
  return record
}

function tombstone({ channel, seq, from, device, at, cid, thread }: MessageRecord): Uint8Array {
  const inThread = thread === 0 ? {} : { thread }
  return Buffer.from(
    JSON.stringify({
      channel,
      seq,
      from,
      device,
      at: isoTime(at),
      cid,
      body: '',
      ...inThread,
      deleted: true,
    }),
  )
}
