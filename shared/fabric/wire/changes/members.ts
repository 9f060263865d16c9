import type { SettingsPatch } from '../../../protocol/channel-settings.ts'
import type { UserId } from '../../../protocol/ids.ts'
import type { Role } from '../../../protocol/rights.ts'

export type { Role }

export type ChannelKind = 'direct' | 'group' | 'broadcast'
export type MemberEntry = { readonly user: UserId; readonly role: Role }

/** Who is in a channel. `head` in `joined` is the channel's newest seq at that moment: unread counts from there. */
export type MemberChange =
  | {
      readonly op: 'created'
      readonly kind: ChannelKind
      readonly name: string | null
      readonly members: readonly MemberEntry[]
      readonly settings?: Readonly<SettingsPatch>
    }
  /** `invite`: the code by which. */
  | {
      readonly op: 'joined'
      readonly user: UserId
      readonly role: Role
      readonly head: number
      readonly invite?: string
    }
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
  /** They can't join by any way until the ban is lifted. `member`: they were one, and are no longer. */
  | { readonly op: 'banned'; readonly user: UserId; readonly member: boolean }
  | { readonly op: 'unbanned'; readonly user: UserId }
  /** The user is an owner from now on, and who says so (the record's `by`) an admin. */
  | { readonly op: 'transferred'; readonly user: UserId }
