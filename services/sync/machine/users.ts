import { z } from 'zod'
import { LogDamage } from '../../../shared/fabric/pack.ts'
import type { UserArea } from '../../../shared/fabric/user-requests.ts'
import type { Delivery } from '../../../shared/fabric/wire/sync-record.ts'
import { type ChannelId, type UserId, userIdSchema } from '../../../shared/protocol/ids.ts'
import { UserQueue } from './queue.ts'

/** A user in a snapshot: newest number, whether a profile exists, the pack up to which both are complete. */
export const userEntry = z.object({
  user: userIdSchema,
  n: z.number().int().min(0),
  profile: z.boolean(),
  pack: z.number().int(),
  /** The pack of the newest event. */
  at: z.number().int().default(0),
  hidesReads: z.literal(true).optional(),
})
type UserEntry = z.infer<typeof userEntry>

/** How a row of a user's state is found in memory. */
export const stateKey = (area: UserArea, key: string): string => `${area} ${key}`

/** The partition's users, and the read marks that the store may not have yet. */
export class Users {
  readonly #queues = new Map<UserId, UserQueue>()
  /** Until the tenure serves: the pack up to which a user's restored entry is complete. */
  readonly #completeTo = new Map<UserId, number>()
  #recentState: { readonly queue: UserQueue; readonly key: string; readonly pack: number }[] = []
  #recent: { readonly queue: UserQueue; readonly channel: ChannelId; readonly pack: number }[] = []

  get size(): number {
    return this.#queues.size
  }

  find(user: UserId): UserQueue | undefined {
    return this.#queues.get(user)
  }

  get(user: UserId): UserQueue {
    let queue = this.#queues.get(user)
    if (queue === undefined) {
      queue = new UserQueue(user)
      this.#queues.set(user, queue)
    }
    return queue
  }

  markRead(queue: UserQueue, channel: ChannelId, seq: number, pack: number): void {
    queue.reads ??= new Map()
    if (seq <= (queue.reads.get(channel)?.seq ?? 0)) return
    queue.reads.set(channel, { seq, pack })
    this.#recent.push({ queue, channel, pack })
  }

  /** The store has every pack up to this one: it is asked for these marks from now on. */
  confirm(pack: number): void {
    this.#confirmState(pack)
    const kept = this.#recent.findIndex((read) => read.pack > pack)
    const confirmed = kept === -1 ? this.#recent : this.#recent.slice(0, kept)
    this.#recent = kept === -1 ? [] : this.#recent.slice(kept)
    for (const { queue, channel } of confirmed) {
      const mark = queue.reads?.get(channel)
      if (mark !== undefined && mark.pack <= pack) queue.reads?.delete(channel)
      if (queue.reads?.size === 0) queue.reads = null
    }
  }

  setState(queue: UserQueue, area: UserArea, key: string, value: string | null, pack: number): void {
    if (area === 'settings' && key === 'read_receipts') queue.hidesReads = value === 'false'
    queue.state ??= new Map()
    queue.state.set(stateKey(area, key), { value, pack })
    this.#recentState.push({ queue, key: stateKey(area, key), pack })
  }

  #confirmState(pack: number): void {
    const kept = this.#recentState.findIndex((row) => row.pack > pack)
    const confirmed = this.#recentState.splice(0, kept === -1 ? this.#recentState.length : kept)
    for (const { queue, key } of confirmed) {
      const row = queue.state?.get(key)
      if (row !== undefined && row.pack <= pack) queue.state?.delete(key)
      if (queue.state?.size === 0) queue.state = null
    }
  }

  restore(entry: UserEntry): void {
    const queue = this.get(entry.user)
    queue.planned = queue.head = entry.n
    queue.hasProfile = entry.profile
    queue.headPack = entry.at
    queue.hidesReads = entry.hidesReads === true
    this.#completeTo.set(entry.user, entry.pack)
  }

  /** Whether the user's restored entry lacks what this pack says. */
  lacks(user: UserId, pack: number): boolean {
    return pack > (this.#completeTo.get(user) ?? 0)
  }

  /** @throws LogDamage if the number isn't the user's next. */
  expectNext(queue: UserQueue, { user, n }: Delivery, pack: number): void {
    if (n !== queue.planned + 1)
      throw new LogDamage(
        `pack ${pack} gives an event of user ${user} number ${n}, where ${queue.planned + 1} must come`,
      )
  }

  restored(): void {
    this.#completeTo.clear()
  }

  /** `pack`: the newest that was planned, asked anew for every entry, since commits go on meanwhile. */
  *snapshot(pack: () => number): Generator<UserEntry> {
    for (const { user, planned, hasProfile, headPack, hidesReads } of this.#queues.values())
      if (planned > 0 || hasProfile)
        yield {
          user,
          n: planned,
          profile: hasProfile,
          pack: pack(),
          at: headPack,
          ...(hidesReads ? { hidesReads } : {}),
        }
  }
}
