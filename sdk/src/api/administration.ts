import type { Rights } from '../rights.ts'
import type { Channel, ChannelId, ChannelKind, Time, UserId } from '../types.ts'

/** What a channel is, beside its members and messages. A direct channel has none of it, but for messages that disappear. */
export interface ChannelSettings {
  readonly name: string | null
  /** What it is about just now. */
  readonly topic: string | null
  readonly avatar: string | null
  readonly description: string | null
  /** Anyone finds it by its name, and may join. */
  readonly public: boolean
  /** It can be read and left; whatever would write in it is a `conflict`. */
  readonly archived: boolean
  /** What differs from how its kind begins. */
  readonly rights: Partial<Rights>
  /** Messages disappear so long after they were sent; null: never. */
  readonly disappear_after_s: number | null
}
/** What a channel may begin with. */
export type ChannelBeginnings = Partial<Omit<ChannelSettings, 'name' | 'archived'>>

/** A channel as one sees it who isn't in it: a public one, or by a link. */
export interface ChannelPreview {
  readonly id: ChannelId
  readonly kind: ChannelKind
  readonly name: string | null
  readonly members: number
  readonly topic: string | null
  readonly avatar: string | null
  readonly description: string | null
}

/** A page of a list; `next` goes on from it. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}
export interface PageQuery {
  /** 1–200; 50 by default. */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly cursor?: string
}

export interface Ban {
  readonly user: UserId
  readonly by: UserId
  readonly at: Time
}

/** For those with the right `moderate`; never of somebody above oneself. */
export interface Bans {
  list(channel: ChannelId, query?: PageQuery): Promise<Page<Ban>>
  /** Removed if they are a member, and no way back in. */
  add(channel: ChannelId, user: UserId): Promise<void>
  lift(channel: ChannelId, user: UserId): Promise<void>
}

export interface Invite {
  readonly code: string
  readonly by: UserId
  readonly created_at: Time
  /** What who joins by it becomes. */
  readonly role: string
  readonly expires_at: Time | null
  /** How many joined by it. */
  readonly uses: number
  readonly max_uses: number | null
}
export interface InviteOptions {
  /** Seconds; seven days by default, null: never. */
  readonly expiresIn?: number | null
  /** Any number by default. */
  readonly maxUses?: number | null
  /** A member by default. */
  readonly role?: 'member' | 'reader'
}

/** Links that others join by; making and seeing them needs the right `invite`. */
export interface Invites {
  create(channel: ChannelId, options?: InviteOptions): Promise<Invite>
  /** Those that are good, oldest first. */
  list(channel: ChannelId): Promise<readonly Invite[]>
  revoke(channel: ChannelId, code: string): Promise<void>
  /** Where a link leads. Errors: `not_found` whatever is wrong with it, `forbidden` (banned). */
  preview(code: string): Promise<{ readonly channel: ChannelPreview; readonly expires_at: Time | null }>
  /** Errors: as `preview`, and `conflict` (archived), `too_large` (full). A member stays as they are. */
  join(code: string): Promise<Channel>
}
