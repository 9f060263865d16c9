import type { ChannelKind, Fanout, Role } from '../../../shared/fabric/wire/changes/index.ts'
import type { ReceiptRecord } from '../../../shared/fabric/wire/log-record.ts'
import { type Mentions, NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import {
  type ChannelSettings,
  NO_SETTINGS,
  patched,
  type SettingsPatch,
  shownSettings,
} from '../../../shared/protocol/channel-settings.ts'
import type { MentionAll } from '../../../shared/protocol/events.ts'
import { type ChannelId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { Bans, type BanTuple } from './bans.ts'
import { type Invite, Invites } from './invites.ts'
import type { LiveTail } from './live/live-tail.ts'
import { Members } from './members.ts'
import { Pins, type PinTuple } from './pins.ts'
import { Replies, type Reply } from './replies.ts'
import { sendRankOf } from './roles.ts'

/** Newest seqs. */
export type Marks = { readonly delivered: number; readonly read: number }
const NO_MARKS: Marks = { delivered: 0, read: 0 }

/** Users by the SYNC partition that holds their queues. */
export type Routes = ReadonlyMap<number, readonly UserId[]>
export const routesOf = (users: Iterable<UserId>, partitionOf: (user: UserId) => number): Routes =>
  Map.groupBy(users, partitionOf)

/** A channel as its owner holds it. `head`, `rev` and `members` run ahead of the log by the pack in flight. */
export class Channel {
  readonly id: ChannelId
  readonly kind: ChannelKind
  #settings: ChannelSettings
  /** The least rank that sends, kept since every message asks for it. */
  sendRank = 0
  /** Decided by records of the log; a broadcast channel's is `read` for ever. */
  fanout: Fanout
  /** The newest message before it changed over to being read last: up to it some stand in all queues. */
  queuedTo = 0
  readonly members = new Members()
  /** Who left or was removed last: told `forbidden`, where a stranger is told `not_found`. */
  readonly former = new Set<UserId>()
  readonly bans = new Bans()
  /** Null where there never was one. */
  invites: Invites | null = null
  pins: Pins | null = null
  rev = 0
  head = 0
  /** The newest seq and rev that stand in the log: what readers may see. */
  readable = 0
  readableRev = 0
  /** The newest record's time (ms since 1970); it never decreases. */
  at = 0
  /** A snapshot's entry is complete up to this pack: older records leave it alone. */
  asOf = 0
  /** The newest message that mentioned everyone, where that isn't in their queues. */
  mentionedAll: { readonly seq: number; readonly who: MentionAll } | null = null
  /** The newest pack with a message that mentions anyone; 0 where that is in the store since before this tenure. */
  mentionPack = 0
  readonly replies = new Replies()
  /** How far members' devices hold it and how far they read it, of those that said so. */
  #marks: Map<UserId, Marks> | null = null
  /** Of a direct channel: who of the two takes no messages there; null = nobody. */
  blockedBy: Set<UserId> | null = null
  /** Its newest records, where it is open or is read rather than queued. */
  live: LiveTail | null = null
  #routes: Routes | null = null

  constructor(id: ChannelId, kind: ChannelKind, name: string | null) {
    this.id = id
    this.kind = kind
    this.#settings = { ...NO_SETTINGS, name }
    this.sendRank = sendRankOf(this)
    this.fanout = kind === 'broadcast' ? 'read' : 'queue'
  }

  get name(): string | null {
    return this.#settings.name
  }

  get settings(): ChannelSettings {
    return this.#settings
  }

  set(patch: Readonly<SettingsPatch>): void {
    this.#settings = patched(this.#settings, patch)
    this.sendRank = sendRankOf(this)
  }

  /** Members by the SYNC partition that holds their queues. */
  routes(partitionOf: (user: UserId) => number): Routes {
    this.#routes ??= routesOf(this.members.keys(), partitionOf)
    return this.#routes
  }

  /** Whose queues a message goes into: every member's, or above the threshold its sender's and those whom it names. */
  messageRoutes(from: UserId, mentions: Mentions, partitionOf: (user: UserId) => number): Routes {
    if (this.fanout === 'queue') return this.routes(partitionOf)
    if (mentions === NO_MENTIONS) return new Map([[partitionOf(from), [from]]])
    return routesOf(new Set([from, ...mentions.users.filter((user) => this.members.has(user))]), partitionOf)
  }

  mentions(seq: number, { all }: Mentions): void {
    if (all !== null && this.fanout === 'read') this.mentionedAll = { seq, who: all }
  }

  membersChanged(): void {
    this.#routes = null
  }

  wrote(user: UserId, seq: number): void {
    const member = this.members.get(user)
    if (member !== undefined) member.sent = seq
  }

  marks(user: UserId): Marks {
    return this.#marks?.get(user) ?? NO_MARKS
  }

  /** What was read is held too. */
  mark({ user, kind, seq }: ReceiptRecord): void {
    const { delivered, read } = this.marks(user)
    this.#marks ??= new Map()
    this.#marks.set(user, {
      delivered: Math.max(delivered, seq),
      read: kind === 'read' ? Math.max(read, seq) : read,
    })
  }

  /** Who has left: nobody waits for them. */
  unmark(user: UserId): void {
    this.#marks?.delete(user)
  }

  /** What others may see of them: nobody is waited for to read what was said before they came. */
  shownMarks(user: UserId): Marks {
    const { delivered, read } = this.marks(user)
    const before = this.members.get(user)?.joined ?? 0
    return { delivered: Math.max(delivered, before), read: Math.max(read, before) }
  }

  /** The other user of a direct channel. */
  peerOf(user: UserId): UserId | undefined {
    if (this.kind !== 'direct') return undefined
    for (const member of this.members.keys()) if (member !== user) return member
    return undefined
  }

  /** Its entries of a snapshot, all of this moment: a large channel's members would not fit a page. */
  toEntries(asOf: number): (ChannelEntry | MembersEntry | BansEntry)[] {
    const members = [...this.members].map(
      ([user, { role, joined, sent }]): MemberTuple => [user, role, joined, sent],
    )
    const entries: (ChannelEntry | MembersEntry | BansEntry)[] = [
      this.#toEntry(members.slice(0, MEMBERS_AN_ENTRY), asOf),
    ]
    for (let from = MEMBERS_AN_ENTRY; from < members.length; from += MEMBERS_AN_ENTRY)
      entries.push({ t: 'members', id: this.id, members: members.slice(from, from + MEMBERS_AN_ENTRY) })
    const bans = this.bans.toTuples()
    for (let from = 0; from < bans.length; from += MEMBERS_AN_ENTRY)
      entries.push({ t: 'bans', id: this.id, bans: bans.slice(from, from + MEMBERS_AN_ENTRY) })
    return entries
  }

  #toEntry(members: readonly MemberTuple[], asOf: number): ChannelEntry {
    const settings = shownSettings(this.#settings)
    return {
      t: 'channel',
      id: this.id,
      kind: this.kind,
      name: this.name,
      rev: this.rev,
      head: this.head,
      at: this.at,
      ...(this.fanout === 'read' ? { fanout: 'read' } : {}),
      ...(this.queuedTo === 0 ? {} : { queuedTo: this.queuedTo }),
      ...(Object.keys(settings).length === 0 ? {} : { settings }),
      ...(this.invites === null ? {} : { invites: this.invites.toEntries() }),
      ...(this.pins === null ? {} : { pins: this.pins.toTuples() }),
      ...(this.mentionedAll === null ? {} : { mentionedAll: this.mentionedAll }),
      members,
      replies: this.replies.toEntry(),
      former: [...this.former],
      ...(this.#marks === null
        ? {}
        : { marks: [...this.#marks].map(([user, { delivered, read }]) => [user, delivered, read] as const) }),
      ...(this.blockedBy === null ? {} : { blockedBy: [...this.blockedBy] }),
      asOf,
    }
  }

  restoreMembers(members: readonly MemberTuple[]): void {
    for (const [user, role, joined, sent = 0] of members)
      this.members.set(trusted<UserId>(user), { role, joined, sent })
  }

  static fromEntry(entry: ChannelEntry): Channel {
    const channel = new Channel(trusted<ChannelId>(entry.id), entry.kind, entry.name)
    channel.rev = channel.readableRev = entry.rev
    channel.head = channel.readable = entry.head
    channel.at = entry.at
    channel.asOf = entry.asOf
    if (entry.fanout !== undefined) channel.fanout = entry.fanout
    channel.queuedTo = entry.queuedTo ?? 0
    if (entry.settings !== undefined) channel.set(entry.settings)
    if (entry.invites !== undefined) channel.invites = Invites.from(entry.invites)
    if (entry.pins !== undefined) channel.pins = Pins.from(entry.pins)
    channel.mentionedAll = entry.mentionedAll ?? null
    channel.restoreMembers(entry.members)
    if (entry.marks !== undefined)
      channel.#marks = new Map(
        entry.marks.map(([user, delivered, read]) => [trusted<UserId>(user), { delivered, read }]),
      )
    if (entry.replies !== undefined) channel.replies.restore(entry.replies)
    if (entry.blockedBy !== undefined)
      channel.blockedBy = new Set(entry.blockedBy.map((user) => trusted<UserId>(user)))
    for (const user of entry.former) channel.former.add(trusted<UserId>(user))
    return channel
  }
}

/** So many, with who left and settings, fit a page of a snapshot. */
const MEMBERS_AN_ENTRY = 1_000
type MemberTuple = readonly [user: string, role: Role, joined: number, sent?: number]

/** A channel in a snapshot. */
export type ChannelEntry = {
  readonly t: 'channel'
  readonly id: string
  readonly kind: ChannelKind
  readonly name: string | null
  readonly rev: number
  readonly head: number
  readonly at: number
  /** Absent = as its kind begins. */
  readonly fanout?: Fanout
  readonly queuedTo?: number
  readonly settings?: Readonly<SettingsPatch>
  readonly invites?: readonly Invite[]
  readonly pins?: readonly PinTuple[]
  readonly mentionedAll?: { readonly seq: number; readonly who: MentionAll }
  readonly members: readonly MemberTuple[]
  readonly former: readonly string[]
  readonly replies?: readonly Reply[]
  readonly blockedBy?: readonly string[]
  readonly marks?: readonly (readonly [user: string, delivered: number, read: number])[]
  readonly asOf: number
}

/** More members of the channel whose entry came before. */
export type MembersEntry = {
  readonly t: 'members'
  readonly id: string
  readonly members: readonly MemberTuple[]
}

/** Who is banned from the channel whose entry came before. */
export type BansEntry = { readonly t: 'bans'; readonly id: string; readonly bans: readonly BanTuple[] }
