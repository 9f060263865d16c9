import { presenceAudience } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'

/** Users, and viewers of one of them, in one call. */
const CALL_USERS = 1_000
const CALL_VIEWERS = 1_000

export type Question = { readonly user: UserId; readonly viewers: readonly UserId[] }

/**
 * Asks the owners of users who of the viewers may see them, many users a call. Everyone may see themselves.
 * @throws WeftError `unavailable` if an owner can't be asked now: nobody is shown what they may not see.
 */
export async function askAudience(
  directory: Directory,
  questions: readonly Question[],
): Promise<ReadonlyMap<UserId, ReadonlySet<UserId>>> {
  const allowed = new Map<UserId, Set<UserId>>()
  const allow = (user: UserId, viewers: readonly UserId[]) => {
    const known = allowed.get(user) ?? new Set()
    allowed.set(user, known)
    for (const viewer of viewers) known.add(viewer)
  }
  const open = questions.flatMap(({ user, viewers }) => {
    const others = viewers.filter((viewer) => viewer !== user)
    if (others.length < viewers.length) allow(user, [user])
    return slices(others, CALL_VIEWERS).map((some) => ({ user, viewers: some }))
  })
  const byPartition = Map.groupBy(open, ({ user }) => directory.partitionOf('sync', user))
  const calls = [...byPartition].flatMap(([partition, all]) =>
    slices(all, CALL_USERS).map(async (asked) => {
      const answer = await directory.callPartition(presenceAudience, 'sync', partition, { asked })
      for (const [index, { user }] of asked.entries()) allow(user, answer.allowed[index] ?? [])
    }),
  )
  await Promise.all(calls)
  return allowed
}

const slices = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
