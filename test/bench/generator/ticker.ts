import { Worker } from 'node:worker_threads'

/** For the thread to be there before the first tick is due (ms). */
const LEAD_MS = 250

/**
 * Calls back at a steady pace finer than timers have: those of libuv know whole milliseconds only, and would add half
 * of one to every latency. A thread that sleeps on a futex knows better, and costs next to nothing.
 */
export class Ticker {
  readonly #periodMs: number
  readonly #onTick: (due: number) => void
  #worker: Worker | null = null

  /** `onTick` is told when the tick was due, by `performance.now()`; it never comes before. */
  constructor(periodMs: number, onTick: (due: number) => void) {
    this.#periodMs = periodMs
    this.#onTick = onTick
  }

  /** Returns when the first tick is due. */
  start(): number {
    const first = performance.now() + LEAD_MS
    // Each thread's performance.now() has an origin of its own; this clock is the machine's.
    const firstNs = process.hrtime.bigint() + BigInt(LEAD_MS) * 1_000_000n
    const worker = new Worker(new URL('./ticker-thread.ts', import.meta.url), {
      workerData: { periodMs: this.#periodMs, firstNs },
    })
    this.#worker = worker
    worker.on('message', (tick: number) => {
      if (this.#worker === worker) this.#onTick(first + tick * this.#periodMs)
    })
    worker.on('error', (error) => {
      throw error
    })
    return first
  }

  stop(): void {
    const worker = this.#worker
    this.#worker = null
    void worker?.terminate()
  }
}
