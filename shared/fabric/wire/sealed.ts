import type { Reader, Writer } from '../../codec.ts'
import { trusted, type UserId } from '../../protocol/ids.ts'

/** Bytes encrypted with one user's key (AES-256-GCM): destroying that key erases them wherever they lie. */
export type Sealed = {
  readonly keyOf: UserId
  readonly nonce: Uint8Array
  readonly tag: Uint8Array
  readonly ciphertext: Uint8Array
}

export const NONCE_BYTES = 12
export const TAG_BYTES = 16

export function writeSealed(writer: Writer, sealed: Sealed): void {
  writer.str(sealed.keyOf).raw(sealed.nonce).raw(sealed.tag).bytes(sealed.ciphertext)
}

export const readSealed = (reader: Reader): Sealed => ({
  keyOf: trusted<UserId>(reader.str()),
  nonce: reader.raw(NONCE_BYTES),
  tag: reader.raw(TAG_BYTES),
  ciphertext: reader.bytes(),
})
