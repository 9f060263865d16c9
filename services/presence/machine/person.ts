import { PRESENCE, type PresenceRank } from '../../../shared/fabric/wire/presence.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { EdgeView } from './edge-view.ts'

/** A user as one edge has them. */
export type Source = {
  readonly edge: EdgeView
  rank: PresenceRank
  text: string
  /** Of the edge's telling: see EdgeView. */
  round: number
}

/** A user who is somewhere, or whom somebody watches. Made for many: what few of them have is made when they have it. */
export class Person {
  readonly user: UserId
  readonly sources: Source[] = []
  watchers: Set<EdgeView> | null = null
  /** As watchers were told last. */
  shown: PresenceRank = PRESENCE.offline
  shownText = ''
  /** When they were last there (ms since 1970), 0 = never; undefined = the store may know. */
  seenAt: number | undefined
  /** Whether the store is being asked, or could not be. */
  asked: 'no' | 'asking' | 'failed' = 'no'
  /** Since when no edge has them (monotonic ms). */
  goneAt = 0

  constructor(user: UserId) {
    this.user = user
  }

  /** Of several edges the highest rank counts; to others an invisible one is offline. */
  present(): { readonly rank: PresenceRank; readonly text: string } {
    let top: Source | undefined
    for (const source of this.sources) if (top === undefined || source.rank > top.rank) top = source
    return top === undefined || top.rank <= PRESENCE.invisible ? NOBODY : top
  }

  remove(source: Source, now: number): void {
    const index = this.sources.indexOf(source)
    if (index >= 0) this.sources.splice(index, 1)
    if (this.sources.length === 0) this.goneAt = now
  }

  unwatched(edge: EdgeView): void {
    this.watchers?.delete(edge)
    if (this.watchers?.size === 0) this.watchers = null
  }

  get forgettable(): boolean {
    return this.sources.length === 0 && this.watchers === null && this.shown === PRESENCE.offline
  }
}

const NOBODY = { rank: PRESENCE.offline, text: '' } as const
