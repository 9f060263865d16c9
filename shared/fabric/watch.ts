import { setTimeout as pause } from 'node:timers/promises'
import type { KV, KvWatchEntry } from '@nats-io/kv'
import type { Log } from '../log/log.ts'

const BACKOFF_FIRST_MS = 50
const BACKOFF_LAST_MS = 1_000

/** Leases and signs of life come several times within LEASE_TTL_MS: a watch that brings none for longer is dead (ms). */
export const LEASE_SILENCE_MS = 3_000

type Watch = Awaited<ReturnType<KV['watch']>>

export type WatchOptions = {
  /**
   * Some key is written at least this often while all is well (ms). The server that a watch lives on may die while this
   * process's own connection stands, and the library notices only after a minute: so silence ends the watch. 0 = it may
   * be silent for long.
   */
  readonly silenceMs?: number
}

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
  { silenceMs = 0 }: WatchOptions = {},
): Promise<() => void> {
  const stopping = new AbortController()
  const stopped = () => stopping.signal.aborted
  let failures = 0
  const failed = (error: unknown) => {
    failures++
    log.warn({ err: error, keys }, 'a watch on the fabric broke; it is begun anew')
  }
  const begin = () => bucket.watch({ key: keys })
  const read = async (watch: Watch) => {
    const silence = silenceMs === 0 ? undefined : setTimeout(() => watch.stop(), silenceMs)
    try {
      for await (const entry of watch) {
        silence?.refresh()
        onEntry(entry)
        failures = 0
      }
    } catch (error) {
      failed(error)
    } finally {
      clearTimeout(silence)
    }
  }
  let current = await begin()
  const follow = async () => {
    await read(current)
    while (!stopped()) {
      await pause(Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** failures))
      try {
        current = await begin()
      } catch (error) {
        failed(error)
        continue
      }
      if (stopped()) current.stop()
      await read(current)
    }
  }
  // Everything in it is caught; it ends only when stopped.
  void follow()
  return () => {
    stopping.abort()
    current.stop()
  }
}
