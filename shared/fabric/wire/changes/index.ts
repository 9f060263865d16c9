import type { BlockChange } from './blocks.ts'
import type { FanoutChange } from './fanout.ts'
import type { InviteChange } from './invites.ts'
import type { MemberChange } from './members.ts'
import type { MessageChange } from './messages.ts'
import type { PinChange } from './pins.ts'
import type { SettingsChange } from './settings.ts'

export type { Fanout } from './fanout.ts'
export type { ChannelKind, MemberEntry, Role } from './members.ts'

/** What changes a channel or something in it, by `op`: one file an area. It stands in the LOG as JSON, for years. */
export type ChannelChange =
  | MemberChange
  | SettingsChange
  | InviteChange
  | FanoutChange
  | BlockChange
  | MessageChange
  | PinChange
