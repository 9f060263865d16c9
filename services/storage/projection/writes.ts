import { setTimeout as pause } from 'node:timers/promises'
import { type KeyRing, unseal } from '../../../shared/fabric/keyring.ts'
import type { Pack } from '../../../shared/fabric/pack.ts'
import {
  decodeLogRecord,
  type MessageRecord,
  messageOfEvent,
} from '../../../shared/fabric/wire/log-record.ts'
import { keyOf, type Sealed } from '../../../shared/fabric/wire/sealed.ts'
import { decodeSyncRecord } from '../../../shared/fabric/wire/sync-record.ts'
import type { Log } from '../../../shared/log/log.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isoTime } from '../../../shared/protocol/time.ts'
import type { LogWrite, SyncWrite } from '../store/store.ts'
import type { Opened } from './opened.ts'

const unreadable = counter('weft_projection_unreadable_total', 'Events whose key does not fit them')

const ERASED = Buffer.from('{"kind":"erased"}')
const RETRY_FIRST_MS = 50
const RETRY_LAST_MS = 2_000

export type Opening = {
  readonly keys: Pick<KeyRing, 'key' | 'load'>
  readonly opened: Opened
  readonly log: Log
  readonly stopped: AbortSignal
}

/** What a LOG pack says to the store. */
export async function logWrites(pack: Pack, opening: Opening): Promise<LogWrite[]> {
  if (pack.kind !== 'records') return []
  const writes: LogWrite[] = []
  for (const bytes of pack.records) {
    const record = decodeLogRecord(bytes)
    if (record.type === 'channel') {
      writes.push({ type: 'channel', record, lineage: pack.lineage })
      continue
    }
    const event = await open(record.event, opening)
    const json = event === null ? erasedMessage(record) : messageOfEvent(event)
    const { channel, rev, seq, from, cid, at } = record
    writes.push({ type: 'message', channel, rev, seq, from, cid, at, json })
  }
  return writes
}

/** What a SYNC pack says to the store. */
export async function syncWrites(pack: Pack, opening: Opening): Promise<SyncWrite[]> {
  if (pack.kind !== 'records') return []
  const writes: SyncWrite[] = []
  for (const bytes of pack.records) {
    const record = decodeSyncRecord(bytes)
    if (record.type === 'user') {
      writes.push(record)
      continue
    }
    const { body, deliveries } = record
    const json = body.kind === 'clear' ? body.json : ((await open(body.sealed, opening)) ?? ERASED)
    writes.push({ type: 'event', at: pack.at, json, deliveries })
  }
  return writes
}

/** The message keeps its place; its body is gone. */
function erasedMessage({ channel, seq, from, device, at, cid }: MessageRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ channel, seq, from, device, at: isoTime(at), cid, deleted: true }))
}

/** Null if the key was destroyed. Keys that can't be asked for just now are waited for. */
async function open(sealed: Sealed, { keys, opened, log, stopped }: Opening): Promise<Uint8Array | null> {
  const known = opened.find(sealed)
  if (known !== undefined) return known
  const user = keyOf(sealed)
  const key = keys.key(user) ?? (await loadKey(user, keys, log, stopped))
  if (key === null) return null
  try {
    const plaintext = unseal(key, sealed)
    opened.remember(sealed, plaintext)
    return plaintext
  } catch (error) {
    // The pack's own digest fits, so the bytes are what was written: the key was destroyed, and the user has a new one.
    unreadable.inc()
    log.error({ err: error }, 'an event does not open with its user’s present key; it counts as erased')
    return null
  }
}

async function loadKey(user: UserId, keys: Opening['keys'], log: Log, stopped: AbortSignal) {
  for (let attempt = 0; ; attempt++) {
    stopped.throwIfAborted()
    try {
      return await keys.load(user)
    } catch (error) {
      log.warn({ err: error, attempt }, 'a key could not be read; trying again')
      await pause(Math.random() * Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt), undefined, {
        signal: stopped,
      })
    }
  }
}
