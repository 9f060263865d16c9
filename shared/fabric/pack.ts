import { hash } from 'node:crypto'
import { Reader, Writer } from '../codec.ts'

/**
 * A pack: what one commit writes, as one NATS message. It names the pack before it (number and digest), so that every
 * reader knows what must come next, and ends with a digest of its own bytes, so that damage to the newest is seen too.
 *
 *   magic u16, version u8, kind u8, lineage uint, number uint, previous digest (16), term u32, at uint (ms),
 *   meta bytes, record count u32, records (bytes each), digest (16: SHA-256 of all before it, cut)
 */
export type Pack = {
  readonly kind: 'take-over' | 'records'
  readonly lineage: number
  /** Its sequence in the stream: 1, 2, 3, … */
  readonly number: number
  readonly previous: Uint8Array
  /** Rises by one with each owner of the partition. */
  readonly term: number
  /** Milliseconds since 1970, by its owner's clock. */
  readonly at: number
  /** The machine's own header (a SYNC pack's LOG positions). */
  readonly meta: Uint8Array
  readonly records: readonly Uint8Array[]
}

export const DIGEST_BYTES = 16
export const NO_DIGEST: Uint8Array = new Uint8Array(DIGEST_BYTES)

const MAGIC = 0x5750
const VERSION = 1
const KINDS = ['take-over', 'records'] as const
/** Header and digest without meta and records (bytes). */
export const PACK_OVERHEAD_BYTES = 64

const digest = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer').subarray(0, DIGEST_BYTES)

export function encodePack(pack: Pack): Uint8Array {
  let size = PACK_OVERHEAD_BYTES + pack.meta.length
  for (const record of pack.records) size += 4 + record.length
  const writer = new Writer(size + 16)
    .u16(MAGIC)
    .u8(VERSION)
    .u8(KINDS.indexOf(pack.kind))
    .uint(pack.lineage)
    .uint(pack.number)
    .raw(pack.previous)
    .u32(pack.term)
    .uint(pack.at)
    .bytes(pack.meta)
    .u32(pack.records.length)
  for (const record of pack.records) writer.bytes(record)
  const body = writer.finish()
  return writer.raw(digest(body)).finish()
}

/** The digest that the next pack must name. */
export const digestOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes.length - DIGEST_BYTES)

/** A log that isn't what its owners wrote: a hole, a swap, flipped bits. Readers stop; nothing is guessed. */
export class LogDamage extends Error {
  override readonly name = 'LogDamage'
}

/** @throws LogDamage if the bytes aren't a whole, undamaged pack. */
export function decodePack(bytes: Uint8Array): Pack {
  const end = bytes.length - DIGEST_BYTES
  if (end < 0 || !Buffer.from(digest(bytes.subarray(0, end))).equals(bytes.subarray(end)))
    throw new LogDamage('a pack does not match its own digest')
  const reader = new Reader(bytes.subarray(0, end))
  if (reader.u16() !== MAGIC) throw new LogDamage('not a pack')
  const version = reader.u8()
  if (version !== VERSION) throw new LogDamage(`pack version ${version} is newer than this program`)
  const kind = KINDS[reader.u8()]
  if (kind === undefined) throw new LogDamage('unknown kind of pack')
  const lineage = reader.uint()
  const number = reader.uint()
  const previous = reader.raw(DIGEST_BYTES)
  const term = reader.u32()
  const at = reader.uint()
  const meta = reader.bytes()
  const records = Array.from({ length: reader.u32() }, () => reader.bytes())
  return { kind, lineage, number, previous, term, at, meta, records }
}

/** Follows a partition's packs one by one and lets none pass that isn't the very next. */
export class PackChain {
  #number: number
  #digest: Uint8Array | null

  /** @param digest of pack `number`; null where it isn't known (the first pack read is then taken on its own digest). */
  constructor(number: number, digest: Uint8Array | null) {
    this.#number = number
    this.#digest = digest
  }

  get number(): number {
    return this.#number
  }

  get digest(): Uint8Array {
    return this.#digest ?? NO_DIGEST
  }

  /** @throws LogDamage on a hole, a swap, a fork or a damaged pack. */
  next(sequence: number, bytes: Uint8Array): Pack {
    const expected = this.#number + 1
    if (sequence !== expected) throw new LogDamage(`pack ${expected} is missing: found ${sequence}`)
    const pack = decodePack(bytes)
    if (pack.number !== expected) throw new LogDamage(`pack ${pack.number} stands where ${expected} belongs`)
    if (this.#digest !== null && !Buffer.from(this.#digest).equals(pack.previous))
      throw new LogDamage(`pack ${pack.number} does not follow on pack ${this.#number}: its chain is broken`)
    this.#number = expected
    this.#digest = digestOf(bytes)
    return pack
  }
}
