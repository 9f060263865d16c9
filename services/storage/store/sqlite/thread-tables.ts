import { decodeLogRecord, type MessageRecord } from '../../../../shared/fabric/wire/log-record.ts'
import { type ChannelId, trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import type { FollowedThread, ThreadPlace, ThreadRow, ThreadTurn } from '../store.ts'
import { bytes, type Database, integer, type Row, type StatementSync, text } from './database.ts'

/** What a record of plain JSON begins with (`reads/bodies.ts`). */
const BRACE = 0x7b

/**
 * Threads: their replies, the order of a channel's threads by their newest reply, and who follows which. Keys of stores that
 * have partitions: replies by (channel, thread, a run of seqs), threads by (channel, a run of seqs of their first message),
 * their order by (channel, a run of seqs of the newest reply), who follows by (user, channel) and by (user, month).
 */
export class ThreadTables {
  readonly #replyPut: StatementSync
  readonly #replyDeleted: StatementSync
  readonly #threadGet: StatementSync
  readonly #threadPut: StatementSync
  readonly #orderPut: StatementSync
  readonly #orderDelete: StatementSync
  readonly #rootGet: StatementSync
  readonly #followGet: StatementSync
  readonly #followPut: StatementSync
  readonly #timePut: StatementSync
  readonly #timeDelete: StatementSync
  readonly #inOrder: StatementSync
  readonly #before: StatementSync
  readonly #after: StatementSync
  readonly #unread: StatementSync
  readonly #followed: StatementSync

  constructor(db: Database) {
    this.#replyPut = db.prepare(
      'INSERT INTO thread_replies (channel, thread, seq, sender, deleted) VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING',
    )
    this.#replyDeleted = db.prepare(
      'UPDATE thread_replies SET deleted = 1 WHERE channel = ? AND thread = ? AND seq = ?',
    )
    this.#threadGet = db.prepare('SELECT * FROM threads WHERE channel = ? AND thread = ?')
    this.#threadPut = db.prepare(
      `INSERT INTO threads (channel, thread, replies, last, last_from, last_at) VALUES (?, ?, 1, ?, ?, ?)
       ON CONFLICT DO UPDATE SET replies = replies + 1, last = excluded.last, last_from = excluded.last_from,
         last_at = excluded.last_at`,
    )
    this.#orderPut = db.prepare('INSERT INTO threads_by_last (channel, last, thread) VALUES (?, ?, ?)')
    this.#orderDelete = db.prepare('DELETE FROM threads_by_last WHERE channel = ? AND last = ?')
    this.#rootGet = db.prepare('SELECT record FROM messages WHERE channel = ? AND seq = ?')
    this.#followGet = db.prepare(
      'SELECT at, wrote FROM follows WHERE user = ? AND channel = ? AND thread = ?',
    )
    this.#followPut = db.prepare(
      `INSERT INTO follows (user, channel, thread, at, wrote) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET at = excluded.at, wrote = max(wrote, excluded.wrote)`,
    )
    this.#timePut = db.prepare('INSERT INTO follows_by_time (user, at, channel, thread) VALUES (?, ?, ?, ?)')
    this.#timeDelete = db.prepare(
      'DELETE FROM follows_by_time WHERE user = ? AND at = ? AND channel = ? AND thread = ?',
    )
    this.#inOrder = db.prepare(
      `SELECT t.* FROM threads_by_last o JOIN threads t ON t.channel = o.channel AND t.thread = o.thread
       WHERE o.channel = ? AND o.last < ? ORDER BY o.last DESC LIMIT ?`,
    )
    this.#before = db.prepare(
      'SELECT seq FROM thread_replies WHERE channel = ? AND thread = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
    )
    this.#after = db.prepare(
      'SELECT seq FROM thread_replies WHERE channel = ? AND thread = ? AND seq > ? ORDER BY seq LIMIT ?',
    )
    this.#unread = db.prepare(
      `SELECT count(*) AS count FROM (SELECT 1 FROM thread_replies
         WHERE channel = ? AND thread = ? AND seq > ? AND sender <> ? AND deleted = 0 LIMIT ?)`,
    )
    this.#followed = db.prepare(
      `SELECT t.*, f.wrote, m.joined
       FROM (SELECT user, channel, thread FROM follows_by_time WHERE user = ? ORDER BY at DESC LIMIT ?) newest
       JOIN follows f ON f.user = newest.user AND f.channel = newest.channel AND f.thread = newest.thread
       JOIN memberships m ON m.user = newest.user AND m.channel = newest.channel
       JOIN threads t ON t.channel = newest.channel AND t.thread = newest.thread`,
    )
  }

  /** A message that may be a reply: it counts once, however often it is written. */
  write({ channel, thread, seq, from, at, mentions }: MessageRecord): void {
    if (thread === 0 || this.#replyPut.run(channel, thread, seq, from).changes === 0) return
    const before = this.#threadGet.get(channel, thread)
    if (before === undefined)
      for (const user of this.#beganBy(channel, thread)) this.#follow(user, channel, thread, at, 0)
    else this.#orderDelete.run(channel, integer(before, 'last'))
    this.#threadPut.run(channel, thread, seq, from, at)
    this.#orderPut.run(channel, seq, thread)
    for (const user of mentions.users) if (user !== from) this.#follow(user, channel, thread, at, 0)
    this.#follow(from, channel, thread, at, seq)
  }

  deleted(channel: ChannelId, thread: number, seq: number): void {
    this.#replyDeleted.run(channel, thread, seq)
  }

  one(channel: ChannelId, thread: number): ThreadRow | null {
    const row = this.#threadGet.get(channel, thread)
    return row === undefined ? null : threadOf(row)
  }

  inOrder(channel: ChannelId, before: number | null, limit: number): ThreadRow[] {
    return this.#inOrder.all(channel, before ?? Number.MAX_SAFE_INTEGER, limit).map(threadOf)
  }

  replies(channel: ChannelId, thread: number, turn: ThreadTurn, limit: number): number[] {
    const rows =
      'after' in turn
        ? this.#after.all(channel, thread, turn.after, limit)
        : this.#before.all(channel, thread, turn.before ?? Number.MAX_SAFE_INTEGER, limit)
    return rows.map((row) => integer(row, 'seq'))
  }

  unread(user: UserId, asked: readonly (ThreadPlace & { readonly after: number })[], most: number): number[] {
    return asked.map(({ channel, thread, after }) => {
      const row = this.#unread.get(channel, thread, after, user, most)
      return row === undefined ? 0 : integer(row, 'count')
    })
  }

  follows(user: UserId, asked: readonly ThreadPlace[]): (number | null)[] {
    return asked.map(({ channel, thread }) => {
      const row = this.#followGet.get(user, channel, thread)
      return row === undefined ? null : integer(row, 'wrote')
    })
  }

  followed(user: UserId, limit: number): FollowedThread[] {
    return this.#followed
      .all(user, limit)
      .map((row) => ({ ...threadOf(row), wrote: integer(row, 'wrote'), joined: integer(row, 'joined') }))
  }

  /** Who wrote a thread's first message, and whom it names. */
  #beganBy(channel: ChannelId, thread: number): UserId[] {
    const row = this.#rootGet.get(channel, thread)
    if (row === undefined) return []
    const record = bytes(row, 'record')
    // Deleted, or written before records were kept as they are; the fabric made these bytes itself.
    if (record[0] === BRACE) return [(JSON.parse(Buffer.from(record).toString()) as { from: UserId }).from]
    const root = decodeLogRecord(record)
    return root.type === 'message' ? [root.from, ...root.mentions.users] : []
  }

  /** A user took part in a thread at that time (ms since 1970), by a reply of theirs if `wrote` isn't 0. */
  #follow(user: UserId, channel: ChannelId, thread: number, at: number, wrote: number): void {
    const before = this.#followGet.get(user, channel, thread)
    if (before !== undefined) this.#timeDelete.run(user, integer(before, 'at'), channel, thread)
    this.#followPut.run(user, channel, thread, at, wrote)
    this.#timePut.run(user, at, channel, thread)
  }
}

const threadOf = (row: Row): ThreadRow => ({
  channel: trusted<ChannelId>(text(row, 'channel')),
  thread: integer(row, 'thread'),
  replies: integer(row, 'replies'),
  last: {
    seq: integer(row, 'last'),
    from: trusted<UserId>(text(row, 'last_from')),
    at: integer(row, 'last_at'),
  },
})
