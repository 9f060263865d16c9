import { fromJson } from '../../../shared/fabric/call.ts'
import { confirmedShape } from '../../../shared/fabric/calls.ts'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import { type LogKind, type PartitionRef, subjects } from '../../../shared/fabric/registry.ts'
import type { Log } from '../../../shared/log/log.ts'
import { unavailable } from '../../../shared/protocol/errors.ts'

export type Place = { readonly kind: LogKind; readonly partition: number; readonly pack: number }

type Waiter = { readonly pack: number; readonly reached: () => void }

/** How far the store has each partition, whichever worker writes it; and those who wait for it. */
export class Progress {
  readonly #packs = new Map<string, number>()
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #hurry = new Map<string, () => void>()

  moved({ kind, partition, pack }: Place): void {
    const key = `${kind}.${partition}`
    if (pack <= (this.#packs.get(key) ?? 0)) return
    this.#packs.set(key, pack)
    const waiters = this.#waiters.get(key)
    if (waiters === undefined) return
    for (const waiter of waiters) if (waiter.pack <= pack) waiter.reached()
  }

  /** Resolves as soon as somebody waits for this partition, after so long (ms), or at `hurry`. */
  async untilAwaited(ref: PartitionRef, limitMs: number): Promise<void> {
    const key = `${ref.kind}.${ref.partition}`
    if ((this.#waiters.get(key)?.size ?? 0) > 0) return
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#hurry.delete(key)
        resolve()
      }
      const timer = setTimeout(end, limitMs)
      this.#hurry.set(key, end)
    })
  }

  /** Whoever gathers packs of this partition stops gathering. */
  hurry({ kind, partition }: PartitionRef): void {
    this.#hurry.get(`${kind}.${partition}`)?.()
  }

  /** Hears what other workers have written to the same store. Returns the way to stop. */
  follow(fabric: Fabric, ref: PartitionRef, log: Log): () => void {
    return fabric.post.follow(subjects.confirmed(ref), log, (bytes) =>
      this.moved({ ...ref, pack: confirmedShape.parse(fromJson(bytes)).pack }),
    )
  }

  /** @throws `unavailable` if the store isn't there within `waitMs`. */
  async reached(places: readonly Place[], waitMs: number): Promise<void> {
    const end = performance.now() + waitMs
    for (const place of places) await this.#reached(place, end - performance.now())
  }

  #reached({ kind, partition, pack }: Place, waitMs: number): Promise<void> {
    const key = `${kind}.${partition}`
    if ((this.#packs.get(key) ?? 0) >= pack) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(key) ?? new Set<Waiter>()
      this.#waiters.set(key, waiters)
      const leave = () => {
        clearTimeout(timer)
        waiters.delete(waiter)
      }
      const waiter: Waiter = {
        pack,
        reached: () => {
          leave()
          resolve()
        },
      }
      const timer = setTimeout(
        () => {
          leave()
          reject(unavailable('the store has not taken this in yet'))
        },
        Math.max(0, waitMs),
      )
      waiters.add(waiter)
      this.#hurry.get(key)?.()
    })
  }
}
