/**
 * A histogram with a bounded relative error (Gil Tene's HdrHistogram, with 2,048 sub-buckets: values keep three
 * significant digits). What it counts are latencies from the intended time of sending, so that a server that stalls
 * also pays for what could not be sent meanwhile: coordinated omission has nothing to hide in.
 */
const SUB_BUCKETS = 2_048
const HALF = SUB_BUCKETS / 2
const HALF_BITS = 10
/** Beyond this a value counts as this: over an hour, in µs. */
const VALUE_MAX = 2 ** 32 - 1

export class Histogram {
  readonly #counts = new Uint32Array(SUB_BUCKETS + 21 * HALF)
  #count = 0
  #max = 0
  #sum = 0

  get count(): number {
    return this.#count
  }

  get max(): number {
    return this.#max
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** Any value that is not negative; its fraction is dropped. */
  record(value: number): void {
    const whole = Math.min(VALUE_MAX, Math.max(0, Math.floor(value)))
    const index = indexOf(whole)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#count++
    this.#sum += whole
    if (whole > this.#max) this.#max = whole
  }

  /** The value that `share` (0 … 1) of all recorded ones do not exceed; 0 if there are none. */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index] ?? 0
      if (seen >= wanted) return Math.min(this.#max, highestOf(index))
    }
    return this.#max
  }
}

/** Bucket 0 has steps of 1, each further one has steps twice as wide and holds only its upper half. */
function indexOf(value: number): number {
  if (value < SUB_BUCKETS) return value
  const shift = 31 - Math.clz32(value) - HALF_BITS
  return SUB_BUCKETS + (shift - 1) * HALF + ((value >>> shift) - HALF)
}

/** The highest value that is counted at this index. */
function highestOf(index: number): number {
  if (index < SUB_BUCKETS) return index
  const shift = Math.floor((index - SUB_BUCKETS) / HALF) + 1
  const sub = ((index - SUB_BUCKETS) % HALF) + HALF
  return (sub + 1) * 2 ** shift - 1
}
