import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import type { PresenceRank, PresenceUpdate } from '../../../shared/fabric/wire/presence.ts'
import type { EdgeId, UserId } from '../../../shared/protocol/ids.ts'
import { Lane } from './lane.ts'

/** How long changes gather (ms). */
const GATHER_MS = 30

type Heard = { term: number; number: number }

/**
 * What this edge tells the owners of presence: what changes, gathered, and a digest a second, which is also the lease of
 * all it has. Nothing is sent while there is no owner or no NATS: whoever is there next is told everything.
 */
export class Reports {
  readonly #fabric: Fabric
  readonly #directory: Directory
  readonly #from: { readonly edge: EdgeId; readonly incarnation: number }
  readonly #lanes = new Map<number, Lane>()
  readonly #heard = new Map<number, Heard>()
  readonly #due = new Set<number>()
  #isScheduled = false

  constructor(parts: {
    readonly fabric: Fabric
    readonly directory: Directory
    readonly edge: EdgeId
    readonly incarnation: number
  }) {
    this.#fabric = parts.fabric
    this.#directory = parts.directory
    this.#from = { edge: parts.edge, incarnation: parts.incarnation }
  }

  user(user: UserId, present: { readonly rank: PresenceRank; readonly text: string }): void {
    this.#laneOf(user).user(user, present)
  }

  watch(user: UserId): void {
    this.#laneOf(user).watch(user)
  }

  unwatch(user: UserId): void {
    this.#laneOf(user).unwatch(user)
  }

  /** Everything, to whoever owns the partition now. */
  tellAll(partition: number): void {
    const lane = this.#lanes.get(partition)
    if (lane === undefined) return
    lane.tellAll()
    this.#schedule(partition)
  }

  /** `stale`: the update is of an owner before the present one. `gap`: one before it was lost; all is told, to be told all. */
  heard({ partition, term, number, beat, tellAll }: PresenceUpdate): 'stale' | 'gap' | 'fits' {
    let last = this.#heard.get(partition)
    if (last === undefined || term > last.term) {
      last = { term, number: 0 }
      this.#heard.set(partition, last)
    }
    if (term < last.term) return 'stale'
    const isMissing = number > (beat ? last.number : last.number + 1)
    last.number = Math.max(last.number, number)
    if (isMissing || tellAll) this.tellAll(partition)
    return isMissing ? 'gap' : 'fits'
  }

  /** Once a second. */
  beat(): void {
    for (const partition of this.#lanes.keys()) this.#send(partition, true)
  }

  flush(): void {
    for (const partition of this.#due) this.#send(partition, false)
    this.#due.clear()
  }

  #laneOf(user: UserId): Lane {
    const partition = this.#directory.partitionOf('presence', user)
    let lane = this.#lanes.get(partition)
    if (lane === undefined) {
      lane = new Lane(this.#from)
      this.#lanes.set(partition, lane)
    }
    this.#schedule(partition)
    return lane
  }

  #schedule(partition: number): void {
    this.#due.add(partition)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setTimeout(() => {
      this.#isScheduled = false
      this.flush()
    }, GATHER_MS)
  }

  #send(partition: number, withDigest: boolean): void {
    const { post, region, connected } = this.#fabric
    const lane = this.#lanes.get(partition)
    const term = this.#directory.term('presence', partition)
    if (lane === undefined) return
    if (term === undefined || !connected()) {
      // What gathers meanwhile is part of everything.
      lane.tellAll()
      return
    }
    for (const message of lane.take(withDigest))
      post.send(subjects.presenceIn(region, partition, term), message)
  }
}
