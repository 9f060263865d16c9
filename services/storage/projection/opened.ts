import { NONCE_BYTES, type Sealed, TAG_BYTES } from '../../../shared/fabric/wire/sealed.ts'

/** Bytes of bodies in each of two generations: together some seconds of messages at the highest rates. */
const GENERATION_BYTES = 4 * 1024 * 1024
/** What one costs beyond its bytes. */
const ENTRY_BYTES = 200

/**
 * What was opened lately. A message's body stands sealed in its LOG pack and, the same bytes, in the pack of each SYNC
 * partition it is delivered in, all within moments: deciphering it once is most of the cost of all of them.
 */
export class Opened {
  readonly #generationBytes: number
  #young = new Map<string, Uint8Array>()
  #old = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(generationBytes = GENERATION_BYTES) {
    this.#generationBytes = generationBytes
  }

  find(sealed: Sealed): Uint8Array | undefined {
    const name = nameOf(sealed)
    return this.#young.get(name) ?? this.#old.get(name)
  }

  remember(sealed: Sealed, plaintext: Uint8Array): void {
    this.#young.set(nameOf(sealed), plaintext)
    this.#bytes += plaintext.length + ENTRY_BYTES
    if (this.#bytes < this.#generationBytes) return
    this.#old = this.#young
    this.#young = new Map()
    this.#bytes = 0
  }
}

/** Whose it is, the nonce and the tag: no two ciphertexts share them, and the pack's digest vouches for the rest. */
function nameOf(sealed: Sealed): string {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  return bytes.toString('latin1', 0, 2 + bytes.readUInt16BE(0) + NONCE_BYTES + TAG_BYTES)
}
