import { gauge } from '../../../shared/metrics/metrics.ts'

/** Additive increase, multiplicative decrease (Chiu and Jain, 1989): what a window loses by a refusal, and gains by an ack. */
const CUT = 0.9
const GAIN = 0.05
/** Refusals of one moment are one. */
const CUT_EVERY_MS = 200
/** Never less: one refusal, as at a hand-over, must not hold back what the next owner could take. */
const LEAST = 1_000

const windows = gauge(
  'weft_edge_send_window',
  'Sends that this edge has under way to a partition at most, since its owner refused some',
  ['partition'],
)

type Window = { inFlight: number; limit: number; cutAt: number }

/**
 * How many sends may be under way to a partition. An owner that is past its capacity refuses what it can't take, and
 * that costs it a third of what taking it would; so the edge learns how much it takes, and refuses the rest itself.
 */
export class SendWindows {
  readonly #windows = new Map<number, Window>()

  isFull(partition: number): boolean {
    const window = this.#windows.get(partition)
    return window !== undefined && window.inFlight >= window.limit
  }

  sent(partition: number): void {
    this.#of(partition).inFlight++
  }

  /** It was answered, or is given up. */
  settled(partition: number): void {
    this.#of(partition).inFlight--
  }

  acked(partition: number): void {
    this.#of(partition).limit += GAIN
  }

  refused(partition: number, now: number): void {
    const window = this.#of(partition)
    if (now - window.cutAt < CUT_EVERY_MS) return
    window.cutAt = now
    window.limit = Math.max(LEAST, Math.min(window.limit, window.inFlight) * CUT)
  }

  /** What is measured of it, now. */
  report(): void {
    for (const [partition, { limit }] of this.#windows)
      if (Number.isFinite(limit)) windows.set({ partition }, Math.floor(limit))
  }

  #of(partition: number): Window {
    const known = this.#windows.get(partition)
    if (known !== undefined) return known
    const window = { inFlight: 0, limit: Number.POSITIVE_INFINITY, cutAt: Number.NEGATIVE_INFINITY }
    this.#windows.set(partition, window)
    return window
  }
}
