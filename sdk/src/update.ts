import type { PlainAnswer } from './actions.ts'
import type { ChannelRecord } from './channel-book.ts'
import type {
  Ack,
  ChannelId,
  Cid,
  ConnectionState,
  DeviceId,
  OutboxEntry,
  ResetNotice,
  SaidStatus,
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
  /** To what a tab asked under this id. */
  | { readonly type: 'answer'; readonly id: string; readonly answer: PlainAnswer }
  /** Live events of an opened channel were missed, and won't come. */
  | { readonly type: 'missed'; readonly channel: ChannelId }
  /** Live events of a channel come from now on; those up to message `seq` don't. */
  | { readonly type: 'opened'; readonly channel: ChannelId; readonly seq: number }
  /** This user has read a thread up to there, on this device. */
  | {
      readonly type: 'thread-read'
      readonly channel: ChannelId
      readonly thread: number
      readonly seq: number
    }
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
  | {
      readonly type: 'read'
      readonly channel: ChannelId
      readonly seq: number
      readonly thread?: number
    }
  | { readonly type: 'typing'; readonly channel: ChannelId; readonly on: boolean }
  | { readonly type: 'channel'; readonly channel: Json }
  | { readonly type: 'ask' | 'left'; readonly id: ChannelId }
  | { readonly type: 'act'; readonly id: string; readonly frame: Json }
  | { readonly type: 'presence'; readonly status: SaidStatus; readonly text?: string }
  /** All that a tab wants, in place of what it wanted before. */
  | { readonly type: 'watch'; readonly tab: string; readonly users: readonly UserId[] }
  | { readonly type: 'open'; readonly tab: string; readonly channels: readonly ChannelId[] }
  /** Whether a tab is looked at; without `on` it is gone. */
  | { readonly type: 'visible'; readonly tab: string; readonly on?: boolean }
