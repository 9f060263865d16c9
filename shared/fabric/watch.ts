import { setTimeout as pause } from 'node:timers/promises'
import type { KV, KvWatchEntry } from '@nats-io/kv'
import type { Log } from '../log/log.ts'

const BACKOFF_FIRST_MS = 50
const BACKOFF_LAST_MS = 1_000

/**
 * Tells of every change of the keys, from their present values on, until the returned function is called. A watch that
 * ends (the server was restarted and has forgotten it) is begun anew: entries may then come twice.
 * @throws if the first watch can't be had.
 */
export async function watchForever(
  bucket: KV,
  keys: string[],
  onEntry: (entry: KvWatchEntry) => void,
  log: Log,
): Promise<() => void> {
  const stopping = new AbortController()
  const stopped = () => stopping.signal.aborted
  let watch = await bucket.watch({ key: keys })
  const follow = async () => {
    for (let failures = 0; !stopped(); ) {
      try {
        for await (const entry of watch) {
          failures = 0
          onEntry(entry)
        }
        if (!stopped()) watch = await bucket.watch({ key: keys })
      } catch (error) {
        failures++
        log.warn({ err: error, keys }, 'a watch on the fabric broke; it is begun anew')
      }
      if (!stopped()) await pause(Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** failures))
    }
  }
  // Everything in it is caught; it ends only when stopped.
  void follow()
  return () => {
    stopping.abort()
    watch.stop()
  }
}
