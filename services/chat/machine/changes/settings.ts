import type { SettingsChange } from '../../../../shared/fabric/wire/changes/settings.ts'
import type { Channel } from '../channel.ts'

export function applySettingsChange(channel: Channel, change: SettingsChange): void {
  channel.set(change.op === 'renamed' ? { name: change.name } : change.set)
}
