import type { CommitOutcome } from './machine.ts'
import type { PackStream } from './pack-stream.ts'

/** One attempt waits this long for its PubAck (ms): the same bytes again do no harm, and a killed server's answer never comes. */
const ATTEMPT_MS = 1_000
const BACKOFF_FIRST_MS = 5
const BACKOFF_LAST_MS = 250

/**
 * Writes a pack and finds out what became of it. While that is unknown the same bytes go out again at the same expected
 * sequence, until a PubAck or a refusal comes or the lease runs out; after a refusal, what stands at that place decides.
 */
export async function commit(
  stream: PackStream,
  bytes: Uint8Array,
  expectedLast: number,
  leaseValid: () => boolean,
): Promise<CommitOutcome> {
  let everUnknown = false
  for (let attempt = 0; ; attempt++) {
    if (!leaseValid()) return { kind: 'unknown' }
    const answer = await stream.publish(bytes, expectedLast, ATTEMPT_MS)
    if (answer.kind === 'written') return { kind: 'committed' }
    if (answer.kind === 'full' && !everUnknown) return { kind: 'not-written', why: answer.why }
    if (answer.kind === 'wrong-sequence') {
      const found = await whatStands(stream, expectedLast + 1)
      // Null: the refusal came from a stream that is behind us (a new leader reading up); it has to be asked again.
      if (found !== null) {
        return Buffer.from(found).equals(bytes)
          ? { kind: 'committed' }
          : { kind: 'conflict', found: expectedLast + 1 }
      }
    }
    everUnknown = true
    const wait = Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** attempt)
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

async function whatStands(stream: PackStream, sequence: number): Promise<Uint8Array | null> {
  try {
    return await stream.get(sequence)
  } catch {
    // Out of reach: not known yet, and the caller asks again for as long as its lease lasts.
    return null
  }
}
