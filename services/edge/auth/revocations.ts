import type { KvWatchEntry } from '@nats-io/kv'
import { z } from 'zod'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import { deviceKey } from '../../../shared/fabric/device-key.ts'
import { buckets } from '../../../shared/fabric/registry.ts'
import { REVOKED_TTL_MS } from '../../../shared/fabric/setup.ts'
import { watchForever } from '../../../shared/fabric/watch.ts'
import type { Log } from '../../../shared/log/log.ts'
import {
  type DeviceId,
  deviceIdSchema,
  type SessionId,
  sessionIdSchema,
  type UserId,
  userIdSchema,
} from '../../../shared/protocol/ids.ts'
import type { Identity } from './identity.ts'

const removedShape = z.object({ user: userIdSchema, device: deviceIdSchema, at: z.number() })

/** Log-ins that were ended before their tokens ran out, as the fabric's bucket tells them. */
export class Revocations {
  /** With when we were told: the bucket forgets by itself, without a word. */
  readonly #families = new Map<string, number>()
  readonly #onRevoked: (family: SessionId) => void
  readonly #onRemoved: (user: UserId, device: DeviceId) => void
  /** When devices were removed (ms since 1970). */
  readonly #devices = new Map<string, number>()
  #stop: () => void = () => {}

  private constructor(
    onRevoked: (family: SessionId) => void,
    onRemoved: (user: UserId, device: DeviceId) => void,
  ) {
    this.#onRevoked = onRevoked
    this.#onRemoved = onRemoved
  }

  /** Resolves when what was revoked before is known. */
  static async open(
    fabric: Fabric,
    log: Log,
    onRevoked: (family: SessionId) => void,
    onRemoved: (user: UserId, device: DeviceId) => void,
  ): Promise<Revocations> {
    const revocations = new Revocations(onRevoked, onRemoved)
    const bucket = await fabric.kvm.open(buckets.revoked(fabric.region))
    await new Promise<void>((resolve, reject) => {
      const follow = (entry: KvWatchEntry) => {
        if (entry.operation === 'PUT' && entry.key.startsWith('device_'))
          revocations.#addDevice(entry.key, entry.string())
        else if (entry.operation === 'PUT') revocations.#add(entry.key)
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

  /**
   * Whether a customer's token was issued before the device was removed. Seconds are all that a token knows, so one of
   * the very second is refused; one that doesn't say when it was issued is too.
   */
  isRemoved({ user, family, issuedAt }: Identity, device: DeviceId): boolean {
    if (family !== null || this.#devices.size === 0) return false
    const removedAt = this.#devices.get(deviceKey(user, device))
    return removedAt !== undefined && (issuedAt ?? 0) <= removedAt
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

  #addDevice(key: string, value: string): void {
    const told = removedShape.safeParse(JSON.parse(value))
    if (!told.success) return
    const { user, device, at } = told.data
    this.#devices.delete(key)
    this.#devices.set(key, at)
    for (const [oldest, removedAt] of this.#devices) {
      if (Date.now() - removedAt < REVOKED_TTL_MS) break
      this.#devices.delete(oldest)
    }
    this.#onRemoved(user, device)
  }
}
