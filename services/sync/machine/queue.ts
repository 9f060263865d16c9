import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import type { ChannelId, DeviceId, SessionId, UserId } from '../../../shared/protocol/ids.ts'
import type { EdgeLink, LinkedUser } from './edge-link.ts'
import type { MarkedChannel } from './marks.ts'

export type DeviceSession = {
  readonly session: SessionId
  readonly since: number
  readonly link: EdgeLink
}

/** How far a user has read a channel, and the pack that says so. */
export type RecentRead = { readonly seq: number; readonly pack: number }

/** What a user set, and the pack that says so; null = it was taken away. */
export type RecentState = { readonly value: string | null; readonly pack: number }

/** What the owner keeps of one user. Made for many: whatever few of them use is made when they use it. */
export class UserQueue {
  readonly user: UserId
  /** The newest number that was given; those above `head` stand in the pack that is being committed. */
  planned = 0
  /** The newest number that is committed. */
  head = 0
  hasProfile = false
  /** The newest pack that holds the profile; 0 if the store has it since before this tenure. */
  profilePack = 0
  sessions: Map<DeviceId, DeviceSession> | null = null
  links: Map<EdgeLink, LinkedUser> | null = null
  received: Map<DeviceId, number> | null = null
  /** Read marks that the store may not have yet. */
  reads: Map<ChannelId, RecentRead> | null = null
  /** Rows of the user's state that the store may not have yet, by area and key. */
  state: Map<string, RecentState> | null = null
  /** Neither tells others what they read, nor is told. */
  hidesReads = false
  /** The newest events up to `#last`; the first `#dropped` of the array are gone already. */
  #events: HeldEvent[] = []
  #dropped = 0
  /** It is `head`, but while a new owner recalls what its snapshot covers. */
  #last = 0
  /** Channels above the threshold that the user hears of by marks. */
  marked: MarkedChannel[] | null = null
  /** The pack of the event `head`; 0 if it isn't known any more. */
  headPack = 0

  constructor(user: UserId) {
    this.user = user
  }

  get held(): number {
    return this.#events.length - this.#dropped
  }

  /** The oldest number in memory; `head + 1` if none is. */
  get oldest(): number {
    return this.held === 0 ? this.head + 1 : this.#last - this.held + 1
  }

  /** The next committed event. */
  append(event: HeldEvent): void {
    this.#events.push(event)
    this.headPack = event.pack
    this.#last = ++this.head
  }

  /** One that a snapshot counts already: they come in order, and the last of them is `head`. */
  recall(n: number, event: HeldEvent): void {
    this.#events.push(event)
    this.#last = n
  }

  /** Undefined where it isn't in memory, or not committed. */
  at(n: number): HeldEvent | undefined {
    return n < this.oldest ? undefined : this.#events[this.#events.length - 1 - (this.#last - n)]
  }

  /** A pack that surely isn't newer than the one that event `n` stands in. */
  packOf(n: number): number {
    return n === this.head ? this.headPack : (this.at(n)?.pack ?? 0)
  }

  /** Forgets everything up to `n`. */
  dropThrough(n: number): void {
    const count = Math.min(n - this.oldest + 1, this.held)
    if (count <= 0) return
    this.#dropped += count
    if (this.held === 0) {
      this.#events = []
      this.#dropped = 0
    } else if (this.#dropped * 2 >= this.#events.length) {
      this.#events.splice(0, this.#dropped)
      this.#dropped = 0
    }
  }
}
