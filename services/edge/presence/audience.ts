import { presenceAudience } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Sight } from './target.ts'

/** Users, and viewers of one of them, in one call. */
const CALL_USERS = 1_000
const CALL_VIEWERS = 1_000

/** Of each user, what each viewer may see; who is missing may see nothing. */
export type Sights = ReadonlyMap<UserId, ReadonlyMap<UserId, Sight>>
export type Question = { readonly user: UserId; readonly viewers: readonly UserId[] }

/**
 * Asks the owners of users what the viewers may see of them, many users a call. Everyone may see themselves.
 * @throws WeftError `unavailable` if an owner can't be asked now: nobody is shown what they may not see.
 */
export async function askAudience(directory: Directory, questions: readonly Question[]): Promise<Sights> {
  const sights = new Map<UserId, Map<UserId, Sight>>()
  const allow = (user: UserId, viewers: readonly UserId[], sight: Sight) => {
    const known = sights.get(user) ?? new Map<UserId, Sight>()
    sights.set(user, known)
    for (const viewer of viewers) known.set(viewer, sight)
  }
  const open = questions.flatMap(({ user, viewers }) => {
    const others = viewers.filter((viewer) => viewer !== user)
    if (others.length < viewers.length) allow(user, [user], 'all')
    return slices(others, CALL_VIEWERS).map((some) => ({ user, viewers: some }))
  })
  const byPartition = Map.groupBy(open, ({ user }) => directory.partitionOf('sync', user))
  const calls = [...byPartition].flatMap(([partition, all]) =>
    slices(all, CALL_USERS).map(async (asked) => {
      const answer = await directory.callPartition(presenceAudience, 'sync', partition, { asked })
      for (const [index, { user }] of asked.entries()) {
        allow(user, answer.allowed[index] ?? [], 'all')
        allow(user, answer.unseen[index] ?? [], 'status')
      }
    }),
  )
  await Promise.all(calls)
  return sights
}

const slices = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
