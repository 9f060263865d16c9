import { Reader, type Writer } from '../../codec.ts'
import { trusted, type UserId } from '../../protocol/ids.ts'

declare const brand: unique symbol
/**
 * Bytes encrypted with one user's key (AES-256-GCM): destroying that key erases them wherever they lie. Whose key (a
 * string), nonce (12), tag (16), ciphertext (bytes): one piece, passed on as it is by all who don't open it.
 */
export type Sealed = Uint8Array & { readonly [brand]: 'Sealed' }

export const NONCE_BYTES = 12
export const TAG_BYTES = 16

/** A writer that `seal` has filled. */
export const sealedFrom = (writer: Writer): Sealed => writer.finish() as Sealed

/** A view into what is read. */
export function readSealed(reader: Reader): Sealed {
  const start = reader.offset
  reader.skip(reader.u16())
  reader.skip(NONCE_BYTES + TAG_BYTES)
  reader.skip(reader.u32())
  return reader.from(start) as Sealed
}

/** Whose key opens it. */
export const keyOf = (sealed: Sealed): UserId => trusted<UserId>(new Reader(sealed).str())

export function partsOf(sealed: Sealed): {
  readonly nonce: Uint8Array
  readonly tag: Uint8Array
  readonly ciphertext: Uint8Array
} {
  const reader = new Reader(sealed)
  reader.skip(reader.u16())
  return { nonce: reader.raw(NONCE_BYTES), tag: reader.raw(TAG_BYTES), ciphertext: reader.bytes() }
}
