import { availableParallelism } from 'node:os'

/** V8's own number of threads. */
const POOL_MAX = 4

/**
 * What Node is run with, wherever Weft runs, on so many cores.
 *
 * On one core a thread that collects garbage only takes the program's own time, in slices of the scheduler's choice (the
 * p99 of an ack at 1,000/s was half as long again), and a young generation larger than V8's default (16 MiB) makes its
 * pauses longer. On more cores the young generation is twice as large, since messages in flight outlive the default one
 * under load and would all be copied; and one core is the program's own.
 *
 * @param {number} cores
 */
export const nodeFlags = (cores) => [
  '--disable-warning=ExperimentalWarning',
  ...(cores === 1
    ? ['--single-threaded-gc', '--max-semi-space-size=16']
    : [`--v8-pool-size=${Math.min(POOL_MAX, cores - 1)}`, '--max-semi-space-size=32']),
]

export const NODE_FLAGS = nodeFlags(availableParallelism())
