/** Slabs that reads go into. What is handed on is a view, so a slab lives as long as the last of its messages. */
const SLAB_BYTES = 1024 * 1024
/** A read has at least so much room: less would only mean more of them. */
const READ_BYTES = 64 * 1024

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const ZERO = 0x30
/** MSG and HMSG: their lines end with the length of what follows. */
const M = 0x4d
const H = 0x48

/**
 * Cuts what a NATS server sends into pieces that end where a protocol message ends. The client's parser would otherwise
 * put together each message that spans two reads, in a buffer that grows; that was a quarter of all bytes allocated
 * under load. Nothing is copied but the beginning of a message for which its slab has no room.
 */
export class WholeReads {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  /** Of what was not handed on yet. */
  #start = 0
  /** Of what was read. */
  #end = 0
  /** Where the message that is not whole yet begins; its line is looked through from #looked on. */
  #message = 0
  #looked = 0
  /** Where it ends, once its line has told. */
  #messageEnd = 0

  /** Where the next read goes. */
  space(): Buffer {
    const needed = Math.max(READ_BYTES, this.#messageEnd - this.#end)
    if (this.#slab.length - this.#end < needed) this.#change(needed)
    return this.#slab.subarray(this.#end)
  }

  /** So many bytes were read into the space: all messages that are whole now, or null. */
  took(bytes: number): Buffer | null {
    this.#end += bytes
    while (this.#skip());
    if (this.#message === this.#start) return null
    const whole = this.#slab.subarray(this.#start, this.#message)
    this.#start = this.#message
    return whole
  }

  /** Passes over one message, if it is whole. */
  #skip(): boolean {
    if (this.#messageEnd <= this.#message) {
      const lf = this.#lineEnd()
      if (lf < 0) return false
      const first = this.#slab[this.#message]
      const payload = first === M || first === H ? this.#lastNumber(lf) + 2 : 0
      this.#messageEnd = lf + 1 + payload
    }
    if (this.#messageEnd > this.#end) return false
    this.#message = this.#looked = this.#messageEnd
    return true
  }

  #lineEnd(): number {
    for (; this.#looked < this.#end; this.#looked++) if (this.#slab[this.#looked] === LF) return this.#looked
    return -1
  }

  #lastNumber(lf: number): number {
    let at = this.#slab[lf - 1] === CR ? lf - 2 : lf - 1
    let value = 0
    for (let unit = 1; this.#slab[at] !== SPACE && at > this.#message; at--, unit *= 10)
      value += ((this.#slab[at] ?? ZERO) - ZERO) * unit
    return value
  }

  #change(needed: number): void {
    const kept = this.#end - this.#start
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, kept + needed))
    this.#slab.copy(slab, 0, this.#start, this.#end)
    this.#slab = slab
    this.#message -= this.#start
    this.#looked -= this.#start
    this.#messageEnd -= this.#start
    this.#end = kept
    this.#start = 0
  }
}
