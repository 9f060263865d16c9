import { availableParallelism } from 'node:os'

/** V8's own number of threads. */
const POOL_MAX = 4
/**
 * Threads that collect garbage beside the program: of V8's four, on one or two cores, the program would get a fifth of
 * a core while they mark, some 100 ms each second (the p99 of an ack at 1,000/s was twice as long).
 */
const pool = Math.min(POOL_MAX, Math.max(1, availableParallelism() - 1))

/**
 * What Node is run with, wherever Weft runs. Messages in flight outlive V8's default young generation (16 MiB) under
 * load and would all be copied; twice as much again, and its collections are what the slowest acks wait for.
 */
export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=32',
  `--v8-pool-size=${pool}`,
]
