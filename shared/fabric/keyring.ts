import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { KV } from '@nats-io/kv'
import { z } from 'zod'
import { Writer } from '../codec.ts'
import { NewestMap } from '../newest-map.ts'
import type { UserId } from '../protocol/ids.ts'
import { fromJson, toJson } from './call.ts'
import type { Fabric } from './connection.ts'
import { hash32 } from './hash.ts'
import { buckets } from './registry.ts'
import { NONCE_BYTES, partsOf, type Sealed, sealedFrom, TAG_BYTES } from './wire/sealed.ts'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
/** Lengths, nonce and tag. */
const SEALED_OVERHEAD_BYTES = 6 + NONCE_BYTES + TAG_BYTES
/** Users are spread over this many entries of the bucket: 50 million users make entries of some 250 KiB. */
const SHARDS = 16_384
/** Keys kept in memory at least; the least lately used go first. */
const CACHE_USERS = 100_000
const CREATE_ATTEMPTS = 20
const BACKOFF_FIRST_MS = 2
const BACKOFF_LAST_MS = 200

/** Pairs, not an object: a user may be called `__proto__`. */
const shardShape = z.array(z.tuple([z.string(), z.base64()]))

/**
 * The keys that message bodies are sealed with, one a user, in a bucket of the fabric. Logs are append-only and chained,
 * so erasing a person there is destroying their key here.
 */
export class KeyRing {
  readonly #bucket: KV
  readonly #cache = new NewestMap<UserId, KeyObject>(CACHE_USERS)
  readonly #loading = new Map<UserId, Promise<KeyObject | null>>()

  private constructor(bucket: KV) {
    this.#bucket = bucket
  }

  static async open(fabric: Fabric): Promise<KeyRing> {
    // Read at its leader: from a replica that lags, a key made a moment ago would count as destroyed.
    return new KeyRing(await fabric.kvm.open(buckets.keys(fabric.region), { allow_direct: false }))
  }

  /** The key, if it is in memory. */
  key(user: UserId): KeyObject | undefined {
    return this.#cache.get(user)
  }

  /** The key; null if it was destroyed or never made. Equal requests under way are one. */
  load(user: UserId): Promise<KeyObject | null> {
    const known = this.#cache.get(user)
    if (known !== undefined) return Promise.resolve(known)
    return this.#once(user, async () => {
      const key = (await this.#read(shardOf(user))).keys.get(user)
      return key === undefined ? null : this.#remember(user, Buffer.from(key, 'base64'))
    })
  }

  /** The key, made now if the user had none. */
  async ensure(user: UserId): Promise<KeyObject> {
    const known = this.#cache.get(user) ?? (await this.load(user))
    if (known !== null) return known
    const shard = shardOf(user)
    for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
      const { keys, revision } = await this.#read(shard)
      const present = keys.get(user)
      if (present !== undefined) return this.#remember(user, Buffer.from(present, 'base64'))
      const made = randomBytes(KEY_BYTES)
      const value = toJson([...keys, [user, made.toString('base64')]])
      try {
        if (revision === 0) await this.#bucket.create(shard, value)
        else await this.#bucket.update(shard, value, revision)
        return this.#remember(user, made)
      } catch (error) {
        // Another worker wrote this shard first, or the answer was lost: what stands there now decides.
        if (attempt === CREATE_ATTEMPTS - 1) throw error
        await pause(Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** attempt))
      }
    }
    throw new Error('a key could not be made: its entry keeps changing')
  }

  async #read(shard: string): Promise<{ keys: Map<string, string>; revision: number }> {
    const entry = await this.#bucket.get(shard)
    if (entry === null || entry.operation !== 'PUT') return { keys: new Map(), revision: 0 }
    return { keys: new Map(shardShape.parse(fromJson(entry.value))), revision: entry.revision }
  }

  #once(user: UserId, load: () => Promise<KeyObject | null>): Promise<KeyObject | null> {
    const running = this.#loading.get(user)
    if (running !== undefined) return running
    const started = load().finally(() => this.#loading.delete(user))
    this.#loading.set(user, started)
    return started
  }

  #remember(user: UserId, bytes: Uint8Array): KeyObject {
    const key = createSecretKey(bytes)
    this.#cache.set(user, key)
    return key
  }
}

const shardOf = (user: UserId): string => String(hash32(user) % SHARDS)

/** Random bytes are drawn for many nonces at once: a call for 12 bytes costs as much as one for 12 KiB. */
const noncePool = Buffer.alloc(NONCE_BYTES * 1024)
let nonceAt = noncePool.length

function freshNonce(): Uint8Array {
  if (nonceAt === noncePool.length) {
    randomFillSync(noncePool)
    nonceAt = 0
  }
  nonceAt += NONCE_BYTES
  return noncePool.subarray(nonceAt - NONCE_BYTES, nonceAt)
}

export function seal(key: KeyObject, keyOf: UserId, plaintext: Uint8Array): Sealed {
  const nonce = freshNonce()
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  return sealedFrom(
    new Writer(SEALED_OVERHEAD_BYTES + 3 * keyOf.length + ciphertext.length)
      .str(keyOf)
      .raw(nonce)
      .raw(cipher.getAuthTag())
      .bytes(ciphertext),
  )
}

/** @throws if the key isn't the one that sealed it, or the bytes were changed. */
export function unseal(key: KeyObject, sealed: Sealed): Uint8Array {
  const { nonce, tag, ciphertext } = partsOf(sealed)
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  decipher.final()
  return plaintext
}
