/**
 * Binary reading and writing for what travels and rests inside the fabric. Integers are big-endian; `uint` is 48 bits
 * (2^48 ms is the year 10889); a string is its UTF-8 length as u16, then the bytes; bytes are a u32 length, then themselves.
 */

/** Room that a string may need: 3 bytes a UTF-16 unit is UTF-8's worst case, so one pass writes and measures. */
export const strBytes = (value: string): number => 2 + value.length * 3

export class Writer {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    this.#room(1)
    this.#bytes[this.#length++] = value
    return this
  }

  u16(value: number): this {
    this.#room(2)
    this.#length = this.#bytes.writeUInt16BE(value, this.#length)
    return this
  }

  u32(value: number): this {
    this.#room(4)
    this.#length = this.#bytes.writeUInt32BE(value, this.#length)
    return this
  }

  uint(value: number): this {
    this.#room(6)
    this.#length = this.#bytes.writeUIntBE(value, this.#length, 6)
    return this
  }

  str(value: string): this {
    this.#room(strBytes(value))
    const written = this.#bytes.write(value, this.#length + 2)
    this.#bytes.writeUInt16BE(written, this.#length)
    this.#length += 2 + written
    return this
  }

  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value)
  }

  raw(value: Uint8Array): this {
    this.#room(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  /** Overwrites a u32 written before (a count or length known only afterwards). */
  patchU32(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value, at)
  }

  /** A view of what was written; the writer must not be used after. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** Reads what a Writer wrote; throws RangeError past the end. */
export class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  get offset(): number {
    return this.#at
  }

  u8(): number {
    const value = this.#bytes.readUInt8(this.#at)
    this.#at += 1
    return value
  }

  u16(): number {
    const value = this.#bytes.readUInt16BE(this.#at)
    this.#at += 2
    return value
  }

  u32(): number {
    const value = this.#bytes.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  uint(): number {
    const value = this.#bytes.readUIntBE(this.#at, 6)
    this.#at += 6
    return value
  }

  str(): string {
    const start = this.#at + 2
    this.skip(this.u16())
    return this.#bytes.toString('utf8', start, this.#at)
  }

  /** A view into the input, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.u32())
  }

  raw(length: number): Uint8Array {
    const start = this.#at
    this.skip(length)
    return this.from(start)
  }

  skip(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the bytes end too early')
    this.#at += length
  }

  /** A view of what was read since this offset. */
  from(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#at)
  }
}
