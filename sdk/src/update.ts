import type { ChannelRecord } from './channel-book.ts'
import type {
  Ack,
  ChannelId,
  Cid,
  ConnectionState,
  DeviceId,
  OutboxEntry,
  ResetNotice,
  UserId,
} from './types.ts'
import type { Json } from './wire.ts'

/** What the core tells its views: the tab that it runs in, and the others. */
export type Update =
  | { readonly type: 'all'; readonly all: Everything }
  | { readonly type: 'state'; readonly state: ConnectionState }
  | { readonly type: 'user'; readonly user: UserId | undefined }
  | { readonly type: 'event'; readonly event: Json }
  | { readonly type: 'reset'; readonly notice: ResetNotice }
  | {
      readonly type: 'channels'
      readonly set: readonly ChannelRecord[]
      readonly gone: readonly ChannelId[]
      readonly loaded: boolean
    }
  | { readonly type: 'outbox'; readonly entry: OutboxEntry; readonly ack?: Ack }
  | { readonly type: 'discarded'; readonly cid: Cid }
  | { readonly type: 'problem'; readonly problem: Error }

/** Where the core stands: how a view begins. */
export interface Everything {
  readonly user: UserId | undefined
  readonly device: DeviceId
  readonly state: ConnectionState
  readonly loaded: boolean
  readonly channels: readonly ChannelRecord[]
  readonly outbox: readonly OutboxEntry[]
}

/** What a view asks of the core. */
export type Command =
  | { readonly type: 'start' | 'stop' | 'reconnect' | 'wipe' }
  | { readonly type: 'send'; readonly entry: OutboxEntry }
  | { readonly type: 'retry' | 'discard'; readonly cid: Cid }
  | { readonly type: 'read'; readonly channel: ChannelId; readonly seq: number }
  | { readonly type: 'typing'; readonly channel: ChannelId; readonly on: boolean }
  | { readonly type: 'channel'; readonly channel: Json }
  | { readonly type: 'ask' | 'left'; readonly id: ChannelId }
