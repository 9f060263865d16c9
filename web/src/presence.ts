import { type ReadonlySignal, signal } from '@preact/signals'
import type { Client, Presence, SaidStatus, SeenStatus, UserId } from '../../sdk/src/mod.ts'
import { briefTime, dayName, timeOf } from './format.ts'
import { keep, recall } from './keep.ts'

export const STATUSES = ['online', 'away', 'busy', 'invisible'] as const
const KEPT = 'status'

/** Who is there, of those whom the screen shows, and what one says of oneself. */
export class PresenceBoard {
  readonly #client: Client
  readonly #seen = signal<ReadonlyMap<UserId, Presence>>(new Map())
  readonly #said = signal<SaidStatus>(STATUSES.find((one) => one === recall(KEPT)) ?? 'online')

  constructor(client: Client) {
    this.#client = client
    client.on('presence', (presence) => {
      this.#seen.value = new Map(this.#seen.value).set(presence.user, presence)
    })
  }

  get said(): ReadonlySignal<SaidStatus> {
    return this.#said
  }

  of(user: UserId): Presence | undefined {
    return this.#seen.value.get(user)
  }
  /** Until it is called off. */
  watch(users: readonly UserId[]): () => void {
    return this.#client.presence.watch(users)
  }
  set(status: SaidStatus): void {
    this.#said.value = status
    keep(KEPT, status === 'online' ? undefined : status)
    this.#client.presence.set(status)
  }
}

export const statusNames: Readonly<Record<SaidStatus | SeenStatus, string>> = {
  online: 'Online',
  away: 'Away',
  busy: 'Busy',
  invisible: 'Invisible',
  offline: 'Offline',
}

/** "Online", "Last seen today at 14:02"; nothing where it isn't known. */
export function presenceWords(presence: Presence | undefined, now = new Date()): string {
  if (presence === undefined) return ''
  const { status, last_seen: lastSeen, text } = presence
  const said = text === undefined || text === '' ? '' : ` · ${text}`
  if (status !== 'offline') return statusNames[status] + said
  if (lastSeen === undefined || lastSeen === null) return text ?? ''
  const at = new Date(lastSeen)
  const day = dayName(at, now)
  const when =
    day === 'Today' || day === 'Yesterday' ? `${day.toLowerCase()} at ${timeOf(at)}` : briefTime(at, now)
  return `Last seen ${when}${said}`
}
