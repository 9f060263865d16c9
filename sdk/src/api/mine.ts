import type { Body, ChannelId, DeviceId, Time, UserId } from '../types.ts'

export type Audience = 'everyone' | 'contacts' | 'nobody'
/** The same on every device. */
export interface Settings {
  /** Whether others see what I have read; without it I don't see what they have either. */
  readonly read_receipts: boolean
  /** Who sees whether I am there. */
  readonly presence: Audience
  readonly last_seen: Audience
  readonly locale: string | null
  readonly time_zone: string | null
  readonly theme: 'system' | 'light' | 'dark'
  /** Whatever the app keeps there: at most 50 keys, 2,048 characters each as JSON; null forgets one. */
  readonly app: Readonly<Record<string, unknown>>
}

export interface Mute {
  /** null: for ever. */
  readonly until: Time | null
  /** Whether mentions come through. */
  readonly mentions: boolean
}

export interface Device {
  readonly id: DeviceId
  readonly name: string | null
  readonly platform: string | null
  readonly created_at: Time
  readonly active_at: Time
  /** This very one. */
  readonly current: boolean
}

/** What a user keeps of their own, in step on all devices: changes come by `on('settings')`. */
export interface Mine {
  settings(): Promise<Settings>
  /** What is given changes, the rest stays. */
  updateSettings(changes: Partial<Settings>): Promise<Settings>
  /** Without `until`: for ever. Mentions come through unless told otherwise. */
  mute(channel: ChannelId, options?: { until?: Date | null; mentions?: boolean }): Promise<Mute>
  unmute(channel: ChannelId): Promise<void>
  mutes(): Promise<ReadonlyMap<ChannelId, Mute>>
  /** `undefined` forgets it; the latest wins, whichever device it came from. */
  setDraft(channel: ChannelId, body: Body | undefined): Promise<void>
  drafts(): Promise<ReadonlyMap<ChannelId, Body>>
  contacts(): Promise<readonly UserId[]>
  addContact(user: UserId): Promise<void>
  removeContact(user: UserId): Promise<void>
  /** Whom I blocked: they can't write to me, add me to a channel, or see whether I am there. */
  blocks(): Promise<readonly UserId[]>
  block(user: UserId): Promise<void>
  unblock(user: UserId): Promise<void>
  devices(): Promise<readonly Device[]>
  /** Its sessions close and its tokens end at once. */
  removeDevice(device: DeviceId): Promise<void>
  /** What the server would put on a badge; `client.badge` is the same, counted here. */
  badge(): Promise<number>
}
