import type { Right, Rights } from '../../sdk/src/mod.ts'

/** One line of a conversation as the page shows it, whatever it came from. */
export type Line = {
  /** Stays the same when a message goes from the outbox to the log. */
  key: string
  /** 0 while it is not in the log yet. */
  seq: number
  from: string
  at: Date
  text: string
  mine: boolean
  state: 'sent' | 'sending' | 'failed'
  /** With `failed`: why, in words for people. */
  problem?: string
  gone?: boolean
  edited?: boolean
  /** Ids of whom it mentions. */
  mentions?: readonly string[]
  /** It mentions everyone, or everyone who is online. */
  mentionAll?: boolean
  /** The seq that its thread began with, if it is a reply. */
  thread?: number
  /** The seq that it quotes. */
  quote?: number
  /** Who said it first, and where, as far as one may know. */
  forwarded?: { readonly from: string; readonly channel?: string; readonly seq?: number }
  reactions?: readonly Reaction[]
  pinned?: boolean
  /** Of a message that a thread began with. */
  replies?: Replies
  /** When it disappears. */
  expiresAt?: Date
}

export type Reaction = { readonly emoji: string; readonly count: number; readonly mine: boolean }

/** How many answers a message has, and the seq of the newest. */
export type Replies = { readonly count: number; readonly last: number }

export type Person = {
  id: string
  name: string
  displayName: string
  /** The address of their picture; absent: not asked for. */
  avatar?: string | null
}

export type Member = Person & { role: string | undefined }

export type Conversation = {
  id: string
  kind: 'direct' | 'group' | 'broadcast'
  title: string
  /** Members, the person at this page included. */
  members: number
  head: number
  read: number
  unread: number
  /** Of those, as far as known, the ones that mention the person at this page. */
  mentions: number
  muted: boolean
  /** What one is in it. */
  role: string
  /** What one may do in it; while it is archived, nothing that writes. */
  may: ReadonlySet<Right>
  /** The least role for each. */
  least: Rights
  topic: string | null
  avatar: string | null
  description: string | null
  /** Anyone finds it, and may join. */
  public: boolean
  archived: boolean
  /** Messages disappear so long after they were sent. */
  disappearAfterS: number | null
  /** Its newest change, as far as known. */
  rev: number
  /** The other one of a direct conversation, as far as known. */
  peer: string | undefined
  last: Pick<Line, 'text' | 'from' | 'at' | 'mine' | 'state' | 'gone'> | undefined
}
