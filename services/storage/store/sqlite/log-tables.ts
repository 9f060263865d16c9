import { channelKindShape, roleShape } from '../../../../shared/fabric/calls.ts'
import {
  type ChannelRecord,
  decodeLogRecord,
  type MessageRecord,
} from '../../../../shared/fabric/wire/log-record.ts'
import { type ChannelId, type Cid, trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import type { ChannelOfUser, PackRecords } from '../store.ts'
import { bytes, type Database, integer, type StatementSync, text, textOrNull } from './database.ts'
import { ExpiryTable } from './expiry-table.ts'
import { MessageTables } from './message-tables.ts'
import { SettingsColumns } from './settings-columns.ts'
import { ThreadTables } from './thread-tables.ts'

type Head = { seq: number; rev: number; readonly read: Map<UserId, number> }

/** Stands where all are mentioned; no id holds such a character. */
const EVERYBODY = '*'

/** What follows from LOG: messages, cids, channels and their members. */
export class LogTables {
  readonly #messagePut: StatementSync
  readonly #cidPut: StatementSync
  readonly #mentionPut: StatementSync
  readonly #mentionCount: StatementSync
  readonly #channelMessage: StatementSync
  readonly #channelPut: StatementSync
  readonly #channelCount: StatementSync
  readonly #memberPut: StatementSync
  readonly #membershipPut: StatementSync
  readonly #roleSet: StatementSync
  readonly #memberDelete: StatementSync
  readonly #membershipDelete: StatementSync
  readonly #readUp: StatementSync
  readonly #messagesGet: StatementSync
  readonly #cidGet: StatementSync
  readonly #channelsGet: StatementSync
  readonly #readGet: StatementSync
  readonly settings: SettingsColumns

  readonly threads: ThreadTables
  readonly expiries: ExpiryTable
  readonly changes: MessageTables

  constructor(db: Database) {
    this.settings = new SettingsColumns(db)
    this.threads = new ThreadTables(db)
    this.expiries = new ExpiryTable(db)
    this.changes = new MessageTables(db, this.threads, this.expiries)
    this.#messagePut = db.prepare(
      'INSERT INTO messages (channel, seq, record) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
    )
    this.#cidPut = db.prepare(
      'INSERT INTO cids (channel, user, cid, seq, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#mentionPut = db.prepare(
      'INSERT INTO mentions_of (user, channel, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#mentionCount = db.prepare(
      `SELECT count(*) AS count FROM
         (SELECT DISTINCT seq FROM mentions_of WHERE user IN (?, ?) AND channel = ? AND seq > ? LIMIT ?)`,
    )
    this.#channelMessage = db.prepare(
      'UPDATE channels SET head = max(head, ?), rev = max(rev, ?) WHERE id = ?',
    )
    this.#channelPut = db.prepare(
      `INSERT INTO channels (id, kind, name, members, head, rev, lineage) VALUES (?, ?, ?, 0, 0, ?, ?)
       ON CONFLICT DO UPDATE SET kind = excluded.kind, name = excluded.name, rev = max(rev, excluded.rev)`,
    )
    this.#channelCount = db.prepare(
      'UPDATE channels SET rev = max(rev, ?), members = members + ? WHERE id = ?',
    )
    this.#memberPut = db.prepare('INSERT INTO members (channel, user) VALUES (?, ?) ON CONFLICT DO NOTHING')
    this.#membershipPut = db.prepare(
      `INSERT INTO memberships (user, channel, role, joined, peer) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET role = excluded.role, joined = excluded.joined, peer = excluded.peer`,
    )
    this.#roleSet = db.prepare('UPDATE memberships SET role = ? WHERE user = ? AND channel = ?')
    this.#memberDelete = db.prepare('DELETE FROM members WHERE channel = ? AND user = ?')
    this.#membershipDelete = db.prepare('DELETE FROM memberships WHERE channel = ? AND user = ?')
    this.#readUp = db.prepare(
      `INSERT INTO reads (user, channel, seq) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)`,
    )
    this.#messagesGet = db.prepare(
      'SELECT seq, record FROM messages WHERE channel = ? AND seq BETWEEN ? AND ? ORDER BY seq',
    )
    this.#cidGet = db.prepare('SELECT seq, at FROM cids WHERE channel = ? AND user = ? AND cid = ?')
    this.#channelsGet = db.prepare(
      `SELECT c.id, c.kind, c.name, c.members, c.head, c.rev, c.lineage, m.role, m.joined, m.peer,
         coalesce(r.seq, 0) AS read
       FROM memberships m JOIN channels c ON c.id = m.channel
       LEFT JOIN reads r ON r.user = m.user AND r.channel = m.channel
       WHERE m.user = ? AND m.channel > ? ORDER BY m.channel LIMIT ?`,
    )
    this.#readGet = db.prepare('SELECT seq FROM reads WHERE user = ? AND channel = ?')
  }

  /** In their order; a channel's head and its senders' read marks only rise, so a group writes each of them once. */
  write(packs: readonly PackRecords[], partition: number): void {
    const heads = new Map<ChannelId, Head>()
    for (const { lineage, records } of packs) {
      for (const bytes of records) {
        const record = decodeLogRecord(bytes)
        // Its owner holds who has what, and so do its snapshots.
        if (record.type === 'receipt') continue
        if (record.type === 'channel') {
          this.#change(record, { lineage, partition }, bytes)
          continue
        }
        const { channel, seq, rev, from, cid, at } = record
        this.#mention(record)
        this.#messagePut.run(channel, seq, bytes)
        this.threads.write(record)
        this.expiries.add(partition, record)
        this.#cidPut.run(channel, from, cid, seq, at)
        const head = heads.get(channel)
        // Sending advances one's own read mark.
        if (head === undefined) heads.set(channel, { seq, rev, read: new Map([[from, seq]]) })
        else {
          head.seq = seq
          head.rev = rev
          head.read.set(from, seq)
        }
      }
    }
    for (const [channel, { seq, rev, read }] of heads) {
      this.#channelMessage.run(seq, rev, channel)
      for (const [user, upTo] of read) this.readUp(user, channel, upTo)
    }
  }

  readUp(user: UserId, channel: ChannelId, seq: number): void {
    this.#readUp.run(user, channel, seq)
  }

  messages(channel: ChannelId, first: number, last: number, maxBytes: number): Uint8Array[] {
    const found: Uint8Array[] = []
    let size = 0
    for (const row of this.#messagesGet.iterate(channel, first, last)) {
      const record = bytes(row, 'record')
      size += record.length
      // What is shown has no hole: a page ends where the next message isn't there.
      if (integer(row, 'seq') !== first + found.length || (found.length > 0 && size > maxBytes)) break
      found.push(record)
    }
    return found
  }

  cid(channel: ChannelId, user: UserId, cid: Cid): { seq: number; at: number } | null {
    const row = this.#cidGet.get(channel, user, cid)
    return row === undefined ? null : { seq: integer(row, 'seq'), at: integer(row, 'at') }
  }

  channelsOf(user: UserId, after: ChannelId | null, limit: number): ChannelOfUser[] {
    return this.#channelsGet.all(user, after ?? '', limit).map((row) => {
      const peer = textOrNull(row, 'peer')
      return {
        id: trusted<ChannelId>(text(row, 'id')),
        kind: channelKindShape.parse(row['kind']),
        name: textOrNull(row, 'name'),
        members: integer(row, 'members'),
        head: integer(row, 'head'),
        rev: integer(row, 'rev'),
        lineage: integer(row, 'lineage'),
        role: roleShape.parse(row['role']),
        joined: integer(row, 'joined'),
        read: integer(row, 'read'),
        ...(peer === null ? {} : { peer: trusted<UserId>(peer) }),
      }
    })
  }

  mentions(user: UserId, channel: ChannelId, after: number, most: number): number {
    const row = this.#mentionCount.get(user, EVERYBODY, channel, after, most)
    return row === undefined ? 0 : integer(row, 'count')
  }

  readMark(user: UserId, channel: ChannelId): number {
    const row = this.#readGet.get(user, channel)
    return row === undefined ? 0 : integer(row, 'seq')
  }

  /** Replies are counted by thread, which whom they name follows. */
  #mention({ channel, seq, thread, mentions: { users, all } }: MessageRecord): void {
    if (thread > 0) return
    for (const user of users) this.#mentionPut.run(user, channel, seq)
    if (all !== null) this.#mentionPut.run(EVERYBODY, channel, seq)
  }

  #change(
    record: ChannelRecord,
    { lineage, partition }: { readonly lineage: number; readonly partition: number },
    bytesOf: Uint8Array,
  ): void {
    const { channel, rev, by, change } = record
    this.changes.note(record, bytesOf)
    let more = 0
    switch (change.op) {
      case 'created': {
        this.#channelPut.run(channel, change.kind, change.name, rev, lineage)
        for (const { user, role } of change.members) {
          const other = change.members.find((member) => member.user !== user)
          const peer = change.kind === 'direct' ? (other?.user ?? null) : null
          more += Number(this.#memberPut.run(channel, user).changes)
          this.#membershipPut.run(user, channel, role, 0, peer)
        }
        if (change.settings !== undefined) this.settings.write(channel, change.settings)
        break
      }
      case 'joined':
        more += Number(this.#memberPut.run(channel, change.user).changes)
        this.#membershipPut.run(change.user, channel, change.role, change.head, null)
        break
      case 'joined-many':
        for (const user of change.users) {
          more += Number(this.#memberPut.run(channel, user).changes)
          this.#membershipPut.run(user, channel, change.role, change.head, null)
        }
        break
      case 'role':
        this.#roleSet.run(change.role, change.user, channel)
        break
      case 'left':
      case 'removed':
      case 'banned':
        more -= Number(this.#memberDelete.run(channel, change.user).changes)
        this.#membershipDelete.run(channel, change.user)
        break
      case 'edited':
      case 'deleted':
      case 'reaction':
        this.changes.write(record, change, { partition, bytesOf })
        break
      case 'renamed':
        this.settings.write(channel, { name: change.name })
        break
      case 'settings':
        this.settings.write(channel, change.set)
        break
      case 'transferred':
        this.#roleSet.run('owner', change.user, channel)
        this.#roleSet.run('admin', by, channel)
        break
      case 'pinned':
      case 'fanout':
      case 'blocked':
      case 'invited':
      case 'uninvited':
      case 'unbanned':
        // The channel's owner alone acts on it.
        break
    }
    this.#channelCount.run(rev, more, channel)
  }
}
