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
}

/** One object for all who have said nothing yet. */
export const PRESENT: DevicePresence = { said: 'online', text: '', foreground: true, idle: false }

/** A device that is in the background or idle goes away by itself; one that said something else stays with that. */
export function rankOf({ said, foreground, idle }: DevicePresence): PresenceRank {
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
