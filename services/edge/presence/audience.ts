import { presenceAudience } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Status } from '../../../shared/protocol/settings.ts'

/** Users, and viewers of one of them, in one call. */
const CALL_USERS = 1_000
const CALL_VIEWERS = 1_000

/** Who may see a user, and what the user says of themselves. */
export type Audience = { readonly viewers: ReadonlySet<UserId>; readonly status: Status | null }
export type Question = { readonly user: UserId; readonly viewers: readonly UserId[] }

/**
 * Asks the owners of users who of the viewers may see them, many users a call.
 * @throws WeftError `unavailable` if an owner can't be asked now: nobody is shown what they may not see.
 */
export async function askAudience(
  directory: Directory,
  questions: readonly Question[],
): Promise<ReadonlyMap<UserId, Audience>> {
  const allowed = new Map<UserId, { readonly viewers: Set<UserId>; status: Status | null }>()
  const allow = (user: UserId, viewers: readonly UserId[], status: Status | null = null) => {
    const known = allowed.get(user) ?? { viewers: new Set(), status: null }
    allowed.set(user, known)
    known.status ??= status
    for (const viewer of viewers) known.viewers.add(viewer)
  }
  const open = questions.flatMap(({ user, viewers }) =>
    slices(viewers, CALL_VIEWERS).map((some) => ({ user, viewers: some })),
  )
  const byPartition = Map.groupBy(open, ({ user }) => directory.partitionOf('sync', user))
  const calls = [...byPartition].flatMap(([partition, all]) =>
    slices(all, CALL_USERS).map(async (asked) => {
      const answer = await directory.callPartition(presenceAudience, 'sync', partition, { asked })
      for (const [index, { user }] of asked.entries())
        allow(user, answer.allowed[index] ?? [], answer.statuses[index])
    }),
  )
  await Promise.all(calls)
  return allowed
}

const slices = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
