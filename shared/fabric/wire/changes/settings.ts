import type { SettingsPatch } from '../../../protocol/channel-settings.ts'

/** What a channel is called, and its other settings: those that changed, `rights` as a whole. */
export type SettingsChange =
  | { readonly op: 'settings'; readonly set: Readonly<SettingsPatch> }
  /** As releases before wrote it. */
  | { readonly op: 'renamed'; readonly name: string | null }
