import { setTimeout as pause } from 'node:timers/promises'
import type { Fault, Target } from '../../cluster/target.ts'
import { between, integer, oneOf, type Random, seeded } from '../../support/random.ts'
import type { Book } from '../book.ts'

const TOGETHER_MAX = 3
/** Of each hundred rounds, so many have more than one fault. */
const TOGETHER_PERCENT = 65
/** And so many have one that comes alone, on a fabric that is whole, and is whole again after it. */
const ALONE_PERCENT = 12
/** After so many others, the next one waits until everything is whole again, not only until there is life. */
const WHOLE_PERCENT = 15
const HOLD_MS = [200, 8_000] as const
const REST_MS = [200, 1_000] as const
const STAGGER_MS = [0, 1_500] as const
/** So many acks after a round are life; without them in time, there must be wholeness. */
const LIFE_ACKS = 50
const LIFE_LIMIT_MS = 10_000
const LIFE_LOOK_MS = 50
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
  const { target, faults, book, random, isOver } = options
  while (!isOver()) {
    await pause(between(random, ...REST_MS))
    const round = chooseRound(faults, random)
    const isAlone = round.some(({ fault }) => !fault.together)
    if (isAlone) await target.whole(WHOLE_LIMIT_MS)
    // All of them, whatever becomes of one: what was begun has to be healed.
    const ends = await Promise.allSettled(round.map((one) => suffer(one, options)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    const isWholeWanted = random() * 100 < WHOLE_PERCENT
    if (isAlone || isWholeWanted || !(await comesToLife(book))) await target.whole(WHOLE_LIMIT_MS)
  }
  await target.whole(WHOLE_LIMIT_MS)
}

/** One fault of a round, with all that chance decides of it. */
type Stroke = {
  readonly fault: Fault
  readonly afterMs: number
  readonly holdMs: number
  /** Its own, so that faults that run side by side draw the same whichever is the faster. */
  readonly random: Random
}

function chooseRound(faults: readonly Fault[], random: Random): readonly Stroke[] {
  const alone = faults.filter(({ together }) => !together)
  const others = faults.filter(({ together }) => together)
  const isAlone = random() * 100 < ALONE_PERCENT ? alone.length > 0 : others.length === 0
  const isOne = isAlone || random() * 100 >= TOGETHER_PERCENT
  const count = isOne ? 1 : integer(random, 2, TOGETHER_MAX)
  const chosen = Array.from({ length: count }, () => oneOf(random, isAlone ? alone : others))
  return chosen.map((fault, index) => ({
    fault,
    afterMs: index === 0 ? 0 : between(random, ...STAGGER_MS),
    // Short ones are more frequent than long ones.
    holdMs: HOLD_MS[0] * (HOLD_MS[1] / HOLD_MS[0]) ** random(),
    random: seeded(random() * 2 ** 32),
  }))
}

/** Clients are acked again. */
async function comesToLife(book: Book): Promise<boolean> {
  const wanted = book.acked + LIFE_ACKS
  const end = performance.now() + LIFE_LIMIT_MS
  while (book.acked < wanted && performance.now() < end) await pause(LIFE_LOOK_MS)
  return book.acked >= wanted
}

async function suffer(
  { fault, afterMs, holdMs, random }: Stroke,
  { book, counts, say }: { book: Book; counts: Counts; say: (line: string) => void },
): Promise<void> {
  await pause(afterMs)
  const { detail, isVoid = false, heal } = await fault.begin(random)
  if (isVoid) {
    say(`${fault.name}: nothing to do it to: ${detail}`)
    return heal()
  }
  try {
    book.write({ type: 'fault', phase: 'begin', name: fault.name, detail })
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1)
    say(`${fault.name}: ${detail}, for ${(holdMs / 1_000).toFixed(1)} s`)
    await pause(holdMs)
  } finally {
    await heal()
  }
  book.write({ type: 'fault', phase: 'end', name: fault.name, detail })
}
