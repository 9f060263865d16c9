import type { KvWatchEntry } from '@nats-io/kv'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import { buckets } from '../../../shared/fabric/registry.ts'
import { REVOKED_TTL_MS } from '../../../shared/fabric/setup.ts'
import { watchForever } from '../../../shared/fabric/watch.ts'
import type { Log } from '../../../shared/log/log.ts'
import { type SessionId, sessionIdSchema } from '../../../shared/protocol/ids.ts'

/** Log-ins that were ended before their tokens ran out, as the fabric's bucket tells them. */
export class Revocations {
  /** With when we were told: the bucket forgets by itself, without a word. */
  readonly #families = new Map<string, number>()
  readonly #onRevoked: (family: SessionId) => void
  #stop: () => void = () => {}

  private constructor(onRevoked: (family: SessionId) => void) {
    this.#onRevoked = onRevoked
  }

  /** Resolves when what was revoked before is known. */
  static async open(fabric: Fabric, log: Log, onRevoked: (family: SessionId) => void): Promise<Revocations> {
    const revocations = new Revocations(onRevoked)
    const bucket = await fabric.kvm.open(buckets.revoked(fabric.region))
    await new Promise<void>((resolve, reject) => {
      const follow = (entry: KvWatchEntry) => {
        if (entry.operation === 'PUT') revocations.#add(entry.key)
        else revocations.#families.delete(entry.key)
        if (!entry.isUpdate || entry.delta === 0) resolve()
      }
      const begin = async () => {
        revocations.#stop = await watchForever(bucket, ['>'], follow, log)
        if ((await bucket.status()).values === 0) resolve()
      }
      begin().catch(reject)
    })
    return revocations
  }

  isRevoked(family: SessionId | null): boolean {
    return family !== null && this.#families.has(family)
  }

  close(): void {
    this.#stop()
  }

  #add(key: string): void {
    const family = sessionIdSchema.safeParse(key)
    if (!family.success) return
    // A watch that was begun anew tells again of what we know: the oldest stay in front.
    this.#families.delete(family.data)
    this.#families.set(family.data, Date.now())
    for (const [oldest, toldAt] of this.#families) {
      if (Date.now() - toldAt < REVOKED_TTL_MS) break
      this.#families.delete(oldest)
    }
    this.#onRevoked(family.data)
  }
}
