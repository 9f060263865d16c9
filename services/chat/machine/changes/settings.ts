import type { SettingsChange } from '../../../../shared/fabric/wire/changes/settings.ts'
import type { Channel } from '../channel.ts'

export function applySettingsChange(channel: Channel, change: SettingsChange): void {
  channel.name = change.name
}
