import { presenceAudience } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Status } from '../../../shared/protocol/settings.ts'
import type { Sight } from './target.ts'

/** Users, and viewers of one of them, in one call. */
const CALL_USERS = 1_000
const CALL_VIEWERS = 1_000

/** What each viewer may see of a user (who is missing may see nothing), and what the user says of themselves. */
export type Shown = { readonly viewers: ReadonlyMap<UserId, Sight>; readonly status: Status | null }
export type Sights = ReadonlyMap<UserId, Shown>
export type Question = { readonly user: UserId; readonly viewers: readonly UserId[] }

/**
 * Asks the owners of users what the viewers may see of them, many users a call.
 * @throws WeftError `unavailable` if an owner can't be asked now: nobody is shown what they may not see.
 */
export async function askAudience(directory: Directory, questions: readonly Question[]): Promise<Sights> {
  const sights = new Map<UserId, { readonly viewers: Map<UserId, Sight>; status: Status | null }>()
  const allow = (user: UserId, viewers: readonly UserId[], sight: Sight, status: Status | null = null) => {
    const known = sights.get(user) ?? { viewers: new Map<UserId, Sight>(), status: null }
    sights.set(user, known)
    known.status ??= status
    for (const viewer of viewers) known.viewers.set(viewer, sight)
  }
  const open = questions.flatMap(({ user, viewers }) =>
    slices(viewers, CALL_VIEWERS).map((some) => ({ user, viewers: some })),
  )
  const byPartition = Map.groupBy(open, ({ user }) => directory.partitionOf('sync', user))
  const calls = [...byPartition].flatMap(([partition, all]) =>
    slices(all, CALL_USERS).map(async (asked) => {
      const answer = await directory.callPartition(presenceAudience, 'sync', partition, { asked })
      for (const [index, { user }] of asked.entries()) {
        allow(user, answer.allowed[index] ?? [], 'all', answer.statuses[index])
        allow(user, answer.unseen[index] ?? [], 'status')
      }
    }),
  )
  await Promise.all(calls)
  return sights
}

const slices = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
