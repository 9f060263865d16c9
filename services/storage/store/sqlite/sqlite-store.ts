import type { LogKind } from '../../../../shared/fabric/registry.ts'
import type { UserArea } from '../../../../shared/fabric/user-requests.ts'
import type { MessagePlace } from '../../../../shared/fabric/wire/message-event.ts'
import type { ChannelId, Cid, DeviceId, SessionId, UserId } from '../../../../shared/protocol/ids.ts'
import type {
  Account,
  Group,
  NewFamily,
  ProjectedPosition,
  PublicPlace,
  Seen,
  SigningKey,
  Store,
  ThreadPlace,
  ThreadTurn,
} from '../store.ts'
import { AccountTables } from './account-tables.ts'
import { bytes, Database, integer, type Role, type StatementSync } from './database.ts'
import { LogTables } from './log-tables.ts'
import { SeenTable } from './seen-table.ts'
import { SyncTables } from './sync-tables.ts'

/**
 * The store in one SQLite file. SQLite itself is synchronous; the interface isn't, since other stores are remote.
 * @throws StoreRefused if the file was made by a newer program.
 */
export class SqliteStore implements Store {
  readonly #db: Database
  readonly #log: LogTables
  readonly #sync: SyncTables
  readonly #accounts: AccountTables
  readonly #seen: SeenTable
  readonly #positionGet: StatementSync
  readonly #positionPut: StatementSync

  constructor(path: string, role: Role = 'writer') {
    this.#db = new Database(path, role)
    this.#log = new LogTables(this.#db)
    this.#sync = new SyncTables(this.#db, this.#log)
    this.#accounts = new AccountTables(this.#db)
    this.#seen = new SeenTable(this.#db)
    this.#positionGet = this.#db.prepare(
      'SELECT pack, lineage, digest FROM positions WHERE kind = ? AND partition = ?',
    )
    this.#positionPut = this.#db.prepare(
      `INSERT INTO positions (kind, partition, pack, lineage, digest) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET pack = excluded.pack, lineage = excluded.lineage, digest = excluded.digest`,
    )
  }

  async position(kind: LogKind, partition: number): Promise<ProjectedPosition | null> {
    return this.#position(kind, partition)
  }

  async apply(group: Group): Promise<void> {
    this.#db.transaction(() => {
      const { kind, partition, position, packs } = group
      const stored = this.#position(kind, partition)
      if (stored !== null && stored.pack >= position.pack) return
      if (kind === 'log') this.#log.write(packs, partition)
      else this.#sync.write(packs)
      this.#positionPut.run(kind, partition, position.pack, position.lineage, position.digest)
    })
  }

  async messages(channel: ChannelId, first: number, last: number, maxBytes: number): Promise<Uint8Array[]> {
    return this.#log.messages(channel, first, last, maxBytes)
  }

  async messageChanges(channel: ChannelId, first: number, last: number) {
    return this.#log.changes.changes(channel, first, last)
  }

  async messagesAt(channel: ChannelId, seqs: readonly number[], maxBytes: number) {
    return this.#log.changes.at(channel, seqs, maxBytes)
  }

  async threads(channel: ChannelId, before: number | null, limit: number) {
    return this.#log.threads.inOrder(channel, before, limit)
  }

  async thread(channel: ChannelId, thread: number) {
    return this.#log.threads.one(channel, thread)
  }

  async threadReplies(channel: ChannelId, thread: number, turn: ThreadTurn, limit: number) {
    return this.#log.threads.replies(channel, thread, turn, limit)
  }

  async threadUnread(
    user: UserId,
    asked: readonly (ThreadPlace & { readonly after: number })[],
    most: number,
  ) {
    return this.#log.threads.unread(user, asked, most)
  }

  async follows(user: UserId, asked: readonly ThreadPlace[]) {
    return this.#log.threads.follows(user, asked)
  }

  async followedThreads(user: UserId, limit: number) {
    return this.#log.threads.followed(user, limit)
  }

  async channelRecords(channel: ChannelId, afterRev: number, limit: number, maxBytes: number) {
    return this.#log.changes.records(channel, afterRev, limit, maxBytes)
  }

  async deletedAmong(places: readonly MessagePlace[]) {
    return this.#log.changes.deletedAmong(places)
  }

  async edits(channel: ChannelId, seq: number, afterRev: number, limit: number) {
    return this.#log.changes.edits(channel, seq, afterRev, limit)
  }

  async expiring(partition: number, until: number, limit: number, maxMentions: number) {
    return this.#log.expiries.due(partition, until, limit, maxMentions)
  }

  async cid(channel: ChannelId, user: UserId, cid: Cid) {
    return this.#log.cid(channel, user, cid)
  }

  async channelsOf(user: UserId, after: ChannelId | null, limit: number) {
    return this.#log.channelsOf(user, after, limit)
  }

  async publicChannels(query: string, after: PublicPlace | null, limit: number, maxBytes: number) {
    return this.#log.settings.public.find(query, after, limit, maxBytes)
  }

  async readMark(user: UserId, channel: ChannelId): Promise<number> {
    return this.#log.readMark(user, channel)
  }

  async mentions(user: UserId, channel: ChannelId, after: number, most: number) {
    return this.#log.mentions(user, channel, after, most)
  }

  async stateRows(user: UserId, area: UserArea, after: string | null, limit: number, maxBytes: number) {
    return this.#sync.states.rows(user, area, after, limit, maxBytes)
  }

  async stateCount(user: UserId, area: UserArea) {
    return this.#sync.states.count(user, area)
  }

  async stateValues(
    asked: readonly { readonly user: UserId; readonly area: UserArea; readonly key: string }[],
  ) {
    return asked.map(({ user, area, key }) => this.#sync.states.value(user, area, key))
  }

  async users(ids: readonly UserId[]) {
    return this.#sync.users(ids)
  }

  async usersByName(key: string) {
    return this.#sync.usersByName(key)
  }

  async usersByPrefix(key: string, limit: number) {
    return this.#sync.usersByPrefix(key, limit)
  }

  async noteSeen(seen: readonly Seen[]): Promise<void> {
    this.#db.transaction(() => this.#seen.note(seen))
  }

  async lastSeen(users: readonly UserId[]) {
    return this.#seen.of(users)
  }

  async queue(user: UserId, after: number, maxBytes: number) {
    return this.#sync.queues.page(user, after, maxBytes)
  }

  async trimQueues(after: UserId | null, before: number, keep: number, limit: number) {
    return this.#db.transaction(() => this.#sync.queues.trim(after, before, keep, limit))
  }

  async account(key: string) {
    return this.#accounts.account(key)
  }

  async accountOf(user: UserId) {
    return this.#accounts.accountOf(user)
  }

  async claimAccount(account: Account) {
    return this.#db.transaction(() => this.#accounts.claim(account))
  }

  async accountReady(key: string): Promise<void> {
    this.#accounts.ready(key)
  }

  async startFamily(family: NewFamily): Promise<void> {
    this.#db.transaction(() => this.#accounts.startFamily(family))
  }

  async rotate(tokenHash: string, nextHash: string, expiresAt: number, now: number) {
    return this.#db.transaction(() => this.#accounts.rotate(tokenHash, nextHash, expiresAt, now))
  }

  async endFamily(family: SessionId, user: UserId, now: number): Promise<void> {
    this.#accounts.endFamily(family, user, now)
  }

  async logIns(user: UserId, now: number) {
    return this.#accounts.logIns(user, now)
  }

  async endDevice(user: UserId, device: DeviceId, now: number) {
    return this.#db.transaction(() => this.#accounts.endDevice(user, device, now))
  }

  async trimFamilies(now: number, limit: number): Promise<void> {
    this.#db.transaction(() => this.#accounts.trimFamilies(now, limit))
  }

  async signingKeys() {
    return this.#accounts.signingKeys()
  }

  async offerSigningKey(key: SigningKey) {
    return this.#db.transaction(() => {
      this.#accounts.offerSigningKey(key)
      return this.#accounts.signingKeys()
    })
  }

  async close(): Promise<void> {
    this.#db.close()
  }

  #position(kind: LogKind, partition: number): ProjectedPosition | null {
    const row = this.#positionGet.get(kind, partition)
    if (row === undefined) return null
    return { pack: integer(row, 'pack'), lineage: integer(row, 'lineage'), digest: bytes(row, 'digest') }
  }
}
