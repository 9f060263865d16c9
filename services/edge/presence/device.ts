import { PRESENCE, type PresenceRank } from '../../../shared/fabric/wire/presence.ts'
import type { SAID_STATUSES } from '../../../shared/protocol/events.ts'

export type SaidStatus = (typeof SAID_STATUSES)[number]

/** What is known of a session's device. */
export type DevicePresence = {
  readonly said: SaidStatus
  readonly text: string
  readonly foreground: boolean
  /** Nothing was done on it for long. */
  readonly idle: boolean
  /** It has just come, and may be about to say that it is invisible: it doesn't count yet. */
  readonly awaited: boolean
}

/** What other sessions begin with: one object for all of them. */
export const PRESENT: DevicePresence = {
  said: 'online',
  text: '',
  foreground: true,
  idle: false,
  awaited: false,
}
/** What a session begins with that can't say in the same breath how present it is. */
export const AWAITED: DevicePresence = { ...PRESENT, awaited: true }

/** A device that is in the background or idle goes away by itself; one that said something else stays with that. */
export function rankOf({ said, foreground, idle, awaited }: DevicePresence): PresenceRank {
  if (awaited) return PRESENCE.offline
  return said === 'online' && (!foreground || idle) ? PRESENCE.away : PRESENCE[said]
}

/**
 * A user is as present as the most present of their devices: busy before online before away before invisible. Busy comes
 * first since it is said of the person, not of the device, as in Slack and Discord: a phone that is merely online
 * doesn't end it.
 */
export function mostPresent(devices: Iterable<DevicePresence>): {
  readonly rank: PresenceRank
  readonly text: string
} {
  let rank: PresenceRank = PRESENCE.offline
  let text = ''
  for (const device of devices) {
    const own = rankOf(device)
    if (own > rank) {
      rank = own
      text = device.text
    } else if (own === rank && device.text !== '') text = device.text
  }
  return { rank, text }
}
