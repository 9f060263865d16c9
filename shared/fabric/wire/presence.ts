import { Reader, strBytes, Writer } from '../../codec.ts'
import { type EdgeId, trusted, type UserId } from '../../protocol/ids.ts'
import { type UserShape, userShape } from '../call-shapes.ts'
import { hash32 } from '../hash.ts'

/** How present a user is: of several devices, and of several edges, the highest counts. */
export const PRESENCE = { offline: 0, invisible: 1, away: 2, online: 3, busy: 4 } as const
export type PresenceRank = (typeof PRESENCE)[keyof typeof PRESENCE]
/** As others see it. */
export const SEEN_AS = ['offline', 'offline', 'away', 'online', 'busy'] as const

/** A user as one edge has them; `offline` = no session there any more. */
export type PresentUser = { readonly user: UserId; readonly rank: PresenceRank; readonly text: string }

/** Of a set of users or watches, whatever their order: how many, and their hashes' exclusive or. */
export type Digest = { readonly count: number; readonly hash: number }
export const NO_DIGEST_YET: Digest = { count: 0, hash: 0 }
/** What one entry adds to a digest, and takes off again. */
export const hashOfUser = (user: UserId, rank: PresenceRank, text: string): number =>
  hash32(`${user} ${rank} ${text}`)
export const hashOfWatch = (user: UserId): number => hash32(user)

/**
 * What an edge tells the owner of a presence partition: what changed since its last report, and once a second a digest of
 * all that it has told. `anew`: whatever it told before counts no more once a digest fits; after all was told anew.
 */
export type PresenceReport = {
  readonly edge: EdgeId
  readonly incarnation: number
  readonly anew: boolean
  readonly users: readonly PresentUser[]
  /** Each of them is answered by its present state, those that were watched already too. */
  readonly watch: readonly UserId[]
  readonly unwatch: readonly UserId[]
  readonly digest: { readonly users: Digest; readonly watches: Digest } | null
}

/** A user as others see them. `at`: when they were last there (ms since 1970); 0 = never, as far as anyone knows. */
export type SeenUser = {
  readonly user: UserId
  readonly rank: PresenceRank
  readonly at: number
  readonly text: string
}

/**
 * What the owner tells an edge, numbered for each (owner's term, edge's incarnation); a beat repeats the last number, so
 * that one which was lost is noticed within a second. `tellAll`: the edge's digest doesn't fit what is known of it.
 */
export type PresenceUpdate = {
  readonly partition: number
  readonly term: number
  readonly incarnation: number
  readonly number: number
  readonly beat: boolean
  readonly tellAll: boolean
  readonly states: readonly SeenUser[]
  /** Who may see them has changed. */
  readonly rules: readonly UserId[]
  /** New ones; lost freely. */
  readonly profiles: readonly UserShape[]
}

const VERSION = 1
/** With profiles: without them it is what it was before there were any. */
const VERSION_PROFILES = 2
/** Room for an entry with its id and text, at the most (bytes). */
export const entryBytes = (user: string, text: string): number => strBytes(user) + strBytes(text) + 8

const writeUsers = (writer: Writer, users: readonly UserId[]): void => {
  writer.u32(users.length)
  for (const user of users) writer.str(user)
}
const readUsers = (reader: Reader): UserId[] =>
  Array.from({ length: reader.u32() }, () => trusted<UserId>(reader.str()))
const writeDigest = (writer: Writer, { count, hash }: Digest) => writer.u32(count).u32(hash)
const readDigest = (reader: Reader): Digest => ({ count: reader.u32(), hash: reader.u32() })

const RANKS: readonly PresenceRank[] = Object.values(PRESENCE)
function readRank(reader: Reader): PresenceRank {
  const code = reader.u8()
  const rank = RANKS.find((one) => one === code)
  if (rank === undefined) throw new TypeError(`unknown presence ${code}`)
  return rank
}
function expectVersion(reader: Reader, what: string, newest = VERSION): number {
  const version = reader.u8()
  if (version < VERSION || version > newest)
    throw new TypeError(`unknown version ${version} of a presence ${what}`)
  return version
}

export function encodePresenceReport(report: PresenceReport): Uint8Array {
  const { edge, incarnation, anew, users, watch, unwatch, digest } = report
  const writer = new Writer(256 + users.length * 40 + (watch.length + unwatch.length) * 24)
  writer
    .u8(VERSION)
    .str(edge)
    .uint(incarnation)
    .u8(anew ? 1 : 0)
    .u32(users.length)
  for (const { user, rank, text } of users) writer.str(user).u8(rank).str(text)
  writeUsers(writer, watch)
  writeUsers(writer, unwatch)
  writer.u8(digest === null ? 0 : 1)
  if (digest !== null) {
    writeDigest(writer, digest.users)
    writeDigest(writer, digest.watches)
  }
  return writer.finish()
}

export function decodePresenceReport(bytes: Uint8Array): PresenceReport {
  const reader = new Reader(bytes)
  expectVersion(reader, 'report')
  return {
    edge: trusted<EdgeId>(reader.str()),
    incarnation: reader.uint(),
    anew: reader.u8() === 1,
    users: Array.from({ length: reader.u32() }, () => ({
      user: trusted<UserId>(reader.str()),
      rank: readRank(reader),
      text: reader.str(),
    })),
    watch: readUsers(reader),
    unwatch: readUsers(reader),
    digest: reader.u8() === 1 ? { users: readDigest(reader), watches: readDigest(reader) } : null,
  }
}

export function encodePresenceUpdate(update: PresenceUpdate): Uint8Array {
  const { partition, term, incarnation, number, beat, tellAll, states, rules, profiles } = update
  const writer = new Writer(64 + states.length * 48 + rules.length * 24)
  writer
    .u8(profiles.length === 0 ? VERSION : VERSION_PROFILES)
    .u16(partition)
    .uint(term)
    .uint(incarnation)
    .uint(number)
  writer
    .u8(beat ? 1 : 0)
    .u8(tellAll ? 1 : 0)
    .u32(states.length)
  for (const { user, rank, at, text } of states) writer.str(user).u8(rank).uint(at).str(text)
  writeUsers(writer, rules)
  if (profiles.length > 0) writer.bytes(Buffer.from(JSON.stringify(profiles)))
  return writer.finish()
}

export function decodePresenceUpdate(bytes: Uint8Array): PresenceUpdate {
  const reader = new Reader(bytes)
  const version = expectVersion(reader, 'update', VERSION_PROFILES)
  return {
    partition: reader.u16(),
    term: reader.uint(),
    incarnation: reader.uint(),
    number: reader.uint(),
    beat: reader.u8() === 1,
    tellAll: reader.u8() === 1,
    states: Array.from({ length: reader.u32() }, () => ({
      user: trusted<UserId>(reader.str()),
      rank: readRank(reader),
      at: reader.uint(),
      text: reader.str(),
    })),
    rules: readUsers(reader),
    profiles:
      version === VERSION_PROFILES
        ? userShape.array().parse(JSON.parse(Buffer.from(reader.bytes()).toString()))
        : [],
  }
}
