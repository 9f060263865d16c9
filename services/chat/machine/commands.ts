import type { KeyObject } from 'node:crypto'
import type { ChannelState, ExpiringEntry, ReceiptEntry } from '../../../shared/fabric/calls.ts'
import type { ChannelRequest } from '../../../shared/fabric/channel-requests.ts'
import type { ChannelKind, Role } from '../../../shared/fabric/wire/changes/index.ts'
import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import type { SettingsPatch } from '../../../shared/protocol/channel-settings.ts'
import type { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, EdgeId, UserId } from '../../../shared/protocol/ids.ts'
import type { FirstAnswer } from './cids.ts'
import type { KnownMessage } from './requests/messages.ts'

/** A send whose key is at hand and whose cid was looked up where that was needed. */
export type Send = {
  readonly type: 'send'
  readonly edge: EdgeId
  readonly command: SendCommand
  readonly key: KeyObject
  /** The store's answer for a cid that memory couldn't decide. */
  readonly stored: FirstAnswer | null
  /** Of a reply: what was known of the message that it replies to; null where that is too new to be anything but memory's. */
  readonly parent: Parent | null
}

/** `thread`: the message that a reply to this one belongs to. What becomes of it until the reply is planned stands in memory. */
export type Parent = { readonly thread: number; readonly deleted: boolean }

export type Changed = {
  readonly channel: ChannelState
  readonly pack: number
  readonly partition: number
  readonly created: boolean
}

type Asked<Result> = {
  readonly resolve: (result: Result) => void
  readonly reject: (error: WeftError) => void
}

export type Create = Asked<Changed> & {
  readonly type: 'create'
  readonly channel: ChannelId
  readonly kind: ChannelKind
  readonly name: string | null
  readonly by: UserId
  readonly members: readonly UserId[]
  readonly settings?: SettingsPatch | undefined
}

export type PutMember = Asked<Changed> & {
  readonly type: 'put-member'
  readonly channel: ChannelId
  readonly by: UserId
  readonly user: UserId
  readonly role: Role | null
  /** The code of the link that they join by. */
  readonly invite?: string | undefined
}

export type DeleteMember = Asked<{ readonly pack: number; readonly partition: number }> & {
  readonly type: 'delete-member'
  readonly channel: ChannelId
  readonly by: UserId
  readonly user: UserId
}

/** A member's request that changes the channel or something in it. */
export type Change = Asked<Changed> & {
  readonly type: 'change'
  readonly channel: ChannelId
  readonly by: UserId
  readonly request: ChannelRequest
  /** Of a request that concerns a message. */
  readonly message: KnownMessage | null
}

/** What members' devices hold and have read. */
export type Receipts = Asked<{ readonly off: ChannelId[] }> & {
  readonly type: 'receipts'
  readonly entries: readonly ReceiptEntry[]
}

/** Messages whose time is over. */
export type Expire = Asked<{ readonly pack: number; readonly written: number }> & {
  readonly type: 'expire'
  readonly entries: readonly ExpiringEntry[]
}

export type ChatCommand = Expire | Receipts | Send | Create | PutMember | DeleteMember | Change
