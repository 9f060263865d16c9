/**
 * Small buffers that are kept for long, cut from large ones of their own: Node's pool would keep everything that was cut
 * from it in the same moment, of which most is gone a moment later.
 */
export class Slab {
  readonly #bytes: number
  #free: Buffer = Buffer.alloc(0)

  /** @param bytes of one large buffer; what needs more than a quarter of it gets a buffer of its own. */
  constructor(bytes = 256 * 1024) {
    this.#bytes = bytes
  }

  /** Uninitialised. */
  take(bytes: number): Buffer {
    if (bytes > this.#bytes / 4) return Buffer.allocUnsafeSlow(bytes)
    if (bytes > this.#free.length) this.#free = Buffer.allocUnsafeSlow(this.#bytes)
    const taken = this.#free.subarray(0, bytes)
    this.#free = this.#free.subarray(bytes)
    return taken
  }
}
