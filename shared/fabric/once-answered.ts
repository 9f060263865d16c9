import { setTimeout as pause } from 'node:timers/promises'
import { JetStreamApiError } from '@nats-io/jetstream'
import { NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node'
import type { Log } from '../log/log.ts'
import { StartRefused } from '../start-refused.ts'

/** How long a cluster may take to choose the leaders of all its streams (ms); a leader lost costs it up to ten seconds. */
const LIMIT_MS = 60_000
const BACKOFF_FIRST_MS = 100
const BACKOFF_LAST_MS = 2_000
/** What a server answers that doesn't know of its cluster yet. */
const UNAVAILABLE = 503
/** A stream of three is asked for while only two servers are there. */
const NO_SUITABLE_PEERS = 10005

/**
 * Does what may be done again until NATS answers it: a cluster that is just starting, or has lost a server, answers
 * nothing for a stream that has no leader yet.
 * @throws StartRefused after the limit; at once, what isn't a matter of waiting.
 */
export async function onceAnswered<T>(work: () => Promise<T>, log: Log, limitMs = LIMIT_MS): Promise<T> {
  const end = performance.now() + limitMs
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error)) throw error
      const why = error instanceof Error ? error.message : String(error)
      if (performance.now() > end) {
        const text = `NATS did not answer within ${limitMs / 1000} s (${why}): are enough of its servers up?`
        throw new StartRefused(text, { cause: error })
      }
      log.info({ why }, 'NATS does not answer yet; trying again')
      await pause(Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** failures) * (0.5 + Math.random() / 2))
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError)
    return error.status === UNAVAILABLE || error.code === NO_SUITABLE_PEERS
  return (
    error instanceof TimeoutError ||
    error instanceof RequestError ||
    error instanceof NoRespondersError ||
    // The library keeps its class to itself.
    (error instanceof Error && error.name === 'JetStreamNotEnabled')
  )
}
