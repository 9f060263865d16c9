import type { Sealed } from './wire/sealed.ts'

/**
 * An event's JSON, or what it is sealed in, held for long by many: it says where in a buffer its bytes lie. A view for
 * each (some 100 bytes) would be most of what an owner's memory costs, and its garbage collector walks through.
 */
export class HeldEvent {
  /** The pack that it stands in. */
  readonly pack: number
  /** Its size as it was taken in: it counts as that until it is gone, opened or not. */
  readonly bytes: number
  /** Null once its JSON is known. */
  #sealed: Sealed | null = null
  #buffer: ArrayBufferLike | null = null
  #offset = 0
  #length = 0

  private constructor(pack: number, bytes: number) {
    this.pack = pack
    this.bytes = bytes
  }

  static clear(json: Uint8Array, pack: number): HeldEvent {
    return new HeldEvent(pack, json.length).open(json)
  }

  static sealed(sealed: Sealed, pack: number): HeldEvent {
    const event = new HeldEvent(pack, sealed.length)
    event.#sealed = sealed
    return event
  }

  get sealed(): Sealed | null {
    return this.#sealed
  }

  /** A view, made for who asks; null while it is sealed. */
  get json(): Uint8Array | null {
    return this.#buffer === null ? null : new Uint8Array(this.#buffer, this.#offset, this.#length)
  }

  open(json: Uint8Array): this {
    this.#sealed = null
    this.#buffer = json.buffer
    this.#offset = json.byteOffset
    this.#length = json.byteLength
    return this
  }
}
