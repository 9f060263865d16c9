import type { BlockChange } from './blocks.ts'
import type { FanoutChange } from './fanout.ts'
import type { MemberChange } from './members.ts'
import type { SettingsChange } from './settings.ts'

export type { Fanout } from './fanout.ts'
export type { ChannelKind, MemberEntry, Role } from './members.ts'

/** What changes a channel or something in it, by `op`: one file an area. It stands in the LOG as JSON, for years. */
export type ChannelChange = MemberChange | SettingsChange | FanoutChange | BlockChange
