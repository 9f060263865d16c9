/** A message's number, carried in its body: `#`, ten digits, then padding up to the benchmark's size of a body. */

export const BODY_BYTES = 128
const DIGITS = 10
const MARK = 0x23 // #
const ZERO = 0x30
const NINE = 0x39

/** The body of message 0, to be copied and numbered by `writeDigits` at its second byte. */
export const BLANK_BODY = `#${'0'.repeat(DIGITS)}${'x'.repeat(BODY_BYTES - DIGITS - 1)}`

/** Writes a number with exactly `digits` digits. */
export function writeDigits(bytes: Buffer, at: number, value: number, digits = DIGITS): void {
  let left = value
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(left / 10)
    bytes[i] = ZERO + left - next * 10
    left = next
  }
}

/** The number in the body that begins at `at`; -1 if there is none. */
export function readStamp(bytes: Buffer, at: number): number {
  if (bytes[at] !== MARK) return -1
  let value = 0
  for (let i = at + 1; i <= at + DIGITS; i++) {
    const byte = bytes[i] ?? 0
    if (byte < ZERO || byte > NINE) return -1
    value = value * 10 + byte - ZERO
  }
  return value
}
