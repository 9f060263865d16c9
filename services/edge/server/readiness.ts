import { jwks } from '../../../shared/fabric/calls.ts'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { Log } from '../../../shared/log/log.ts'

/** Storage is asked at most this often, however often we are (ms), and has this long to answer. */
const ASK_EVERY_MS = 1_000
const ANSWER_MS = 1_000

/** Why no client can be served, in a few words; null if they can. */
export function missing(fabric: Fabric, directory: Directory): string | null {
  if (!fabric.connected()) return 'NATS is out of reach'
  const unowned = (['log', 'sync'] as const).flatMap((kind) =>
    Array.from({ length: directory.partitions[kind] }, (_, partition) => partition)
      .filter((partition) => directory.term(kind, partition) === undefined)
      .map((partition) => `${kind}.${partition}`),
  )
  return unowned.length === 0 ? null : `no owner is known yet of ${unowned.join(', ')}`
}

/** Whether storage answers. Without it messages still go and come, so an edge stays ready. */
export class StorageProbe {
  readonly #directory: Directory
  readonly #log: Log
  #answer: Promise<boolean> = Promise.resolve(true)
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(directory: Directory, log: Log) {
    this.#directory = directory
    this.#log = log
  }

  answers(): Promise<boolean> {
    const now = performance.now()
    if (now - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = now
      this.#answer = this.#directory.callStorage(jwks, {}, { deadlineMs: ANSWER_MS }).then(
        () => true,
        (error: unknown) => {
          this.#log.debug({ err: error }, 'storage does not answer')
          return false
        },
      )
    }
    return this.#answer
  }
}
