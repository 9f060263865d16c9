import type { UserId } from '../../../protocol/ids.ts'

export type ChannelKind = 'direct' | 'group' | 'broadcast'
export type Role = 'owner' | 'admin' | 'member'
export type MemberEntry = { readonly user: UserId; readonly role: Role }

/** Who is in a channel. `head` in `joined` is the channel's newest seq at that moment: unread counts from there. */
export type MemberChange =
  | {
      readonly op: 'created'
      readonly kind: ChannelKind
      readonly name: string | null
      readonly members: readonly MemberEntry[]
    }
  | { readonly op: 'joined'; readonly user: UserId; readonly role: Role; readonly head: number }
  /** Several at once, all of them new: one record, however many. */
  | {
      readonly op: 'joined-many'
      readonly users: readonly UserId[]
      readonly role: Role
      readonly head: number
    }
  | { readonly op: 'role'; readonly user: UserId; readonly role: Role }
  | { readonly op: 'left'; readonly user: UserId }
  | { readonly op: 'removed'; readonly user: UserId }
