import { setTimeout as pause } from 'node:timers/promises'
import type { Fault, Target } from '../../cluster/target.ts'
import type { Book } from '../mutants/book.ts'
import { between, integer, oneOf, type Random } from './random.ts'

const TOGETHER_MAX = 3
/** Of each hundred rounds, so many have more than one fault. */
const TOGETHER_PERCENT = 35
/** And after so many, the next one waits until everything is whole again. */
const WHOLE_PERCENT = 60
const HOLD_MS = [200, 8_000] as const
const REST_MS = [200, 2_000] as const
const STAGGER_MS = [0, 1_500] as const
const WHOLE_LIMIT_MS = 120_000

export type Counts = Map<string, number>

/**
 * Does one thing after another to the target until it is time to end, alone and together, for times from the seed; all
 * of it is healed and the target whole when this resolves.
 * @throws if the target doesn't become whole again
 */
export async function wreak(options: {
  readonly target: Target
  readonly faults: readonly Fault[]
  readonly book: Book
  readonly random: Random
  readonly isOver: () => boolean
  readonly counts: Counts
  readonly say: (line: string) => void
}): Promise<void> {
  const { target, faults, random, isOver } = options
  const together = faults.filter((fault) => fault.together)
  while (!isOver()) {
    await pause(between(random, ...REST_MS))
    const first = oneOf(random, faults)
    if (first.together && together.length > 1 && random() * 100 < TOGETHER_PERCENT) {
      const count = integer(random, 2, TOGETHER_MAX)
      await Promise.all(
        Array.from({ length: count }, async () => {
          const fault = oneOf(random, together)
          await pause(between(random, ...STAGGER_MS))
          await suffer(fault, options)
        }),
      )
    } else {
      if (!first.together) await target.whole(WHOLE_LIMIT_MS)
      await suffer(first, options)
      if (!first.together) await target.whole(WHOLE_LIMIT_MS)
    }
    if (random() * 100 < WHOLE_PERCENT) await target.whole(WHOLE_LIMIT_MS)
  }
  await target.whole(WHOLE_LIMIT_MS)
}

/** Short ones are more frequent than long ones. */
const holdMs = (random: Random): number => HOLD_MS[0] * (HOLD_MS[1] / HOLD_MS[0]) ** random()

async function suffer(
  fault: Fault,
  { book, random, counts, say }: { book: Book; random: Random; counts: Counts; say: (line: string) => void },
): Promise<void> {
  const ms = holdMs(random)
  const { detail, heal } = await fault.begin(random)
  book.write({ type: 'fault', phase: 'begin', name: fault.name, detail })
  counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1)
  say(`${fault.name}: ${detail}, for ${(ms / 1_000).toFixed(1)} s`)
  await pause(ms)
  await heal()
  book.write({ type: 'fault', phase: 'end', name: fault.name, detail })
}
