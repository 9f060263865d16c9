import { type DeviceId, type SessionId, trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import type { Account, LoggedIn, NewFamily, Rotation, SigningKey } from '../store.ts'
import { type Database, integer, type Row, type StatementSync, text, textOrNull } from './database.ts'

const accountOf = (row: Row): Account => ({
  key: text(row, 'name_key'),
  name: text(row, 'name'),
  displayName: text(row, 'display_name'),
  user: trusted<UserId>(text(row, 'user')),
  hash: text(row, 'hash'),
  pending: integer(row, 'pending') === 1,
})

const familyOf = (row: Row): SessionId => trusted<SessionId>(text(row, 'id'))

/** Names and password hashes, families of tokens, signing keys: what only storage ever reads. */
export class AccountTables {
  readonly #accountGet: StatementSync
  readonly #accountByUser: StatementSync
  readonly #accountPut: StatementSync
  readonly #accountReady: StatementSync
  readonly #familyPut: StatementSync
  readonly #tokenPut: StatementSync
  readonly #familyByToken: StatementSync
  readonly #familyRotate: StatementSync
  readonly #familyEnd: StatementSync
  readonly #logIns: StatementSync
  readonly #familiesOfDevice: StatementSync
  readonly #familiesOld: StatementSync
  readonly #familyDelete: StatementSync
  readonly #tokensDelete: StatementSync
  readonly #keysGet: StatementSync
  readonly #keyPut: StatementSync

  constructor(db: Database) {
    this.#accountGet = db.prepare('SELECT * FROM accounts WHERE name_key = ?')
    this.#accountByUser = db.prepare('SELECT * FROM accounts WHERE user = ?')
    this.#accountPut = db.prepare(
      `INSERT INTO accounts (name_key, name, display_name, user, hash, pending) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (name_key) DO NOTHING`,
    )
    this.#accountReady = db.prepare('UPDATE accounts SET pending = 0 WHERE name_key = ?')
    this.#familyPut = db.prepare(
      `INSERT INTO families (id, user, device, token_hash, expires_at, device_name, platform, created_at, active_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)`,
    )
    this.#tokenPut = db.prepare('INSERT INTO refresh_tokens (hash, family) VALUES (?, ?)')
    this.#familyByToken = db.prepare(
      `SELECT f.id, f.user, f.device, f.token_hash, f.expires_at, f.ended_at IS NOT NULL AS ended
       FROM refresh_tokens t JOIN families f ON f.id = t.family WHERE t.hash = ?`,
    )
    this.#familyRotate = db.prepare(
      'UPDATE families SET token_hash = ?, expires_at = ?, active_at = ? WHERE id = ?',
    )
    this.#familyEnd = db.prepare(
      'UPDATE families SET ended_at = ? WHERE id = ? AND user = ? AND ended_at IS NULL',
    )
    this.#logIns = db.prepare(
      `SELECT id, device, device_name, platform, created_at, active_at FROM families
       WHERE user = ? AND ended_at IS NULL AND expires_at > ? ORDER BY created_at DESC, id LIMIT 1000`,
    )
    this.#familiesOfDevice = db.prepare('SELECT id FROM families WHERE user = ? AND device = ?')
    this.#familiesOld = db.prepare('SELECT id FROM families WHERE expires_at < ? ORDER BY expires_at LIMIT ?')
    this.#familyDelete = db.prepare('DELETE FROM families WHERE id = ?')
    this.#tokensDelete = db.prepare('DELETE FROM refresh_tokens WHERE family = ?')
    this.#keysGet = db.prepare('SELECT kid, private_jwk FROM signing_keys ORDER BY kid')
    this.#keyPut = db.prepare(
      'INSERT INTO signing_keys (kid, private_jwk) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM signing_keys)',
    )
  }

  account(key: string): Account | null {
    const row = this.#accountGet.get(key)
    return row === undefined ? null : accountOf(row)
  }

  accountOf(user: UserId): Account | null {
    const row = this.#accountByUser.get(user)
    return row === undefined ? null : accountOf(row)
  }

  claim(account: Account): Account {
    const { key, name, displayName, user, hash, pending } = account
    this.#accountPut.run(key, name, displayName, user, hash, pending ? 1 : 0)
    return this.account(key) ?? account
  }

  ready(key: string): void {
    this.#accountReady.run(key)
  }

  startFamily({ family, user, device, tokenHash, expiresAt, ...told }: NewFamily): void {
    const { deviceName, platform, createdAt } = told
    this.#familyPut.run(family, user, device, tokenHash, expiresAt, deviceName, platform, createdAt)
    this.#tokenPut.run(tokenHash, family)
  }

  rotate(tokenHash: string, nextHash: string, expiresAt: number, now: number): Rotation {
    const row = this.#familyByToken.get(tokenHash)
    if (row === undefined) return { kind: 'refused' }
    const family = familyOf(row)
    const user = trusted<UserId>(text(row, 'user'))
    if (text(row, 'token_hash') !== tokenHash) {
      this.#familyEnd.run(now, family, user)
      return { kind: 'reused', family }
    }
    if (integer(row, 'ended') === 1 || integer(row, 'expires_at') <= now) return { kind: 'refused' }
    this.#familyRotate.run(nextHash, expiresAt, now, family)
    this.#tokenPut.run(nextHash, family)
    return { kind: 'rotated', family, user, device: trusted<DeviceId>(text(row, 'device')) }
  }

  endFamily(family: SessionId, user: UserId, now: number): void {
    this.#familyEnd.run(now, family, user)
  }

  logIns(user: UserId, now: number): LoggedIn[] {
    return this.#logIns.all(user, now).map((row) => ({
      family: familyOf(row),
      device: trusted<DeviceId>(text(row, 'device')),
      deviceName: textOrNull(row, 'device_name'),
      platform: textOrNull(row, 'platform'),
      createdAt: integer(row, 'created_at'),
      activeAt: integer(row, 'active_at'),
    }))
  }

  endDevice(user: UserId, device: DeviceId, now: number): SessionId[] {
    const families = this.#familiesOfDevice.all(user, device).map(familyOf)
    for (const family of families) this.#familyEnd.run(now, family, user)
    return families
  }

  trimFamilies(now: number, limit: number): void {
    for (const row of this.#familiesOld.all(now, limit)) {
      this.#tokensDelete.run(text(row, 'id'))
      this.#familyDelete.run(text(row, 'id'))
    }
  }

  signingKeys(): SigningKey[] {
    return this.#keysGet.all().map((row) => ({ kid: text(row, 'kid'), privateJwk: text(row, 'private_jwk') }))
  }

  offerSigningKey({ kid, privateJwk }: SigningKey): void {
    this.#keyPut.run(kid, privateJwk)
  }
}
