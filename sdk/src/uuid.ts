let lastMs = 0
let counter = 0

const COUNTER_BITS = 12
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

/** A UUIDv7 (RFC 9562), rising within this process: the 12 bits after the time are a counter. */
export function uuidv7(nowMs = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = 0
  } else if (++counter >= 1 << COUNTER_BITS) {
    // More than 4,096 in a millisecond (or the clock went back): borrow from the next one.
    lastMs += 1
    counter = 0
  }
  const random = crypto.getRandomValues(new Uint8Array(8))
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80
  const tail = [...random].map((byte) => hex(byte, 2)).join('')
  const time = hex(lastMs, 12)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`
}

let lastOrder = 0

/** Rises with every call, and (as far as the clock does) from one page to the next. */
export function nextOrder(): number {
  lastOrder = Math.max(lastOrder + 1, Date.now() * 1000)
  return lastOrder
}
