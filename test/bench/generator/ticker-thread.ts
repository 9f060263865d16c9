import { parentPort, workerData } from 'node:worker_threads'

/** Tells its parent the number of each tick, once it is due. */
const { periodMs, firstNs } = workerData as { readonly periodMs: number; readonly firstNs: bigint }
const never = new Int32Array(new SharedArrayBuffer(4))

for (let tick = 0; ; tick++) {
  const sinceFirstMs = Number(process.hrtime.bigint() - firstNs) / 1e6
  const waitMs = tick * periodMs - sinceFirstMs
  if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of Node, not a window
  parentPort?.postMessage(tick)
}
