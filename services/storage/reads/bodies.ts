import type { KeyObject } from 'node:crypto'
import { Reader } from '../../../shared/codec.ts'
import { type KeyRing, unseal } from '../../../shared/fabric/keyring.ts'
import { changeEvent } from '../../../shared/fabric/wire/change-event.ts'
import {
  type ChannelRecord,
  decodeLogRecord,
  type MessageRecord,
  messageOfEvent,
} from '../../../shared/fabric/wire/log-record.ts'
import type { QueuedEvent } from '../../../shared/fabric/wire/register.ts'
import { keyOf, type Sealed } from '../../../shared/fabric/wire/sealed.ts'
import { type EventBody, readEventBody } from '../../../shared/fabric/wire/sync-record.ts'
import type { Log } from '../../../shared/log/log.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import { unavailable } from '../../../shared/protocol/errors.ts'
import { type EventOf, eventSchema } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { StoredEvent } from '../store/store.ts'

const unreadable = counter('weft_store_unreadable_total', 'Bodies read whose key does not fit them')

const ERASED = Buffer.from('{"kind":"erased"}')
/** What files hold that were written before bodies were sealed in them begins so: plain JSON. */
const BRACE = 0x7b

type Keys = Pick<KeyRing, 'key' | 'load'>

/** Opens what the store holds sealed, for those who read it. @throws `unavailable` if a key can't be asked for. */
export class Bodies {
  readonly #keys: Keys
  readonly #log: Log

  constructor(keys: Keys, log: Log) {
    this.#keys = keys
    this.#log = log
  }

  /** PROTOCOL.md's messages, of the records of messages. */
  async messages(stored: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const records = stored.map((bytes) => (bytes[0] === BRACE ? bytes : messageRecord(bytes)))
    const keys = await this.#keysOf(records.flatMap((record) => ('event' in record ? [record.event] : [])))
    return records.map((record) => {
      if (!('event' in record)) return record
      const event = this.#open(record.event, keys)
      return event === null ? erasedMessage(record) : messageOfEvent(event)
    })
  }

  /** What a change's record tells; null if nothing, or if its key is gone. */
  async change(bytes: Uint8Array): Promise<Uint8Array | null> {
    const record = channelRecord(bytes)
    if (record.event !== null) return this.#open(record.event, await this.#keysOf([record.event]))
    const event = changeEvent(record)
    return event === null ? null : Buffer.from(JSON.stringify(event))
  }

  /** The event of an edit's record; null if its key is gone. */
  async edit(record: Uint8Array): Promise<EventOf<'edited'> | null> {
    const { event } = channelRecord(record)
    if (event === null) return null
    const plain = this.#open(event, await this.#keysOf([event]))
    if (plain === null) return null
    const parsed = eventSchema.parse(JSON.parse(Buffer.from(plain).toString()))
    return parsed.kind === 'edited' ? parsed : null
  }

  async events(stored: readonly StoredEvent[]): Promise<QueuedEvent[]> {
    const events = stored.map(({ n, body }) => ({ n, body: bodyOf(body) }))
    const keys = await this.#keysOf(
      events.flatMap(({ body }) => (body.kind === 'sealed' ? [body.sealed] : [])),
    )
    return events.map(({ n, body }) => ({
      n,
      json: body.kind === 'clear' ? body.json : (this.#open(body.sealed, keys) ?? ERASED),
    }))
  }

  /** Those that aren't in memory are asked for at once; null where one was destroyed. */
  async #keysOf(all: readonly Sealed[]): Promise<Map<UserId, KeyObject | null>> {
    const keys = new Map<UserId, KeyObject | null>()
    for (const user of new Set(all.map(keyOf))) keys.set(user, this.#keys.key(user) ?? null)
    const missing = [...keys].flatMap(([user, key]) => (key === null ? [user] : []))
    if (missing.length === 0) return keys
    try {
      await Promise.all(missing.map(async (user) => keys.set(user, await this.#keys.load(user))))
      return keys
    } catch (error) {
      this.#log.warn({ err: error }, 'keys of messages could not be read')
      throw unavailable('the keys of these messages are out of reach')
    }
  }

  /** Null if the key was destroyed. */
  #open(sealed: Sealed, keys: ReadonlyMap<UserId, KeyObject | null>): Uint8Array | null {
    const key = keys.get(keyOf(sealed)) ?? null
    if (key === null) return null
    try {
      return unseal(key, sealed)
    } catch (error) {
      // The log's chain vouches for the bytes, so the key was destroyed, and the user has a new one.
      unreadable.inc()
      this.#log.error({ err: error }, 'a body does not open with its user’s present key; it counts as erased')
      return null
    }
  }
}

function channelRecord(bytes: Uint8Array): ChannelRecord {
  const record = decodeLogRecord(bytes)
  if (record.type !== 'channel') throw new TypeError('a message stands where a change belongs')
  return record
}

function messageRecord(bytes: Uint8Array): MessageRecord {
  const record = decodeLogRecord(bytes)
  if (record.type !== 'message') throw new TypeError('a change of a channel stands where a message belongs')
  return record
}

const bodyOf = (bytes: Uint8Array): EventBody =>
  bytes[0] === BRACE ? { kind: 'clear', json: bytes } : readEventBody(new Reader(bytes))

/** The message keeps its place; its body is gone. */
function erasedMessage({ channel, seq, from, device, at, cid, thread }: MessageRecord): Uint8Array {
  const inThread = thread === 0 ? {} : { thread }
  return Buffer.from(
    JSON.stringify({ channel, seq, from, device, at: isoTime(at), cid, ...inThread, deleted: true }),
  )
}
