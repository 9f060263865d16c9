import type { Handler } from '../../../shared/fabric/call.ts'
import { type blockersOf, statesGet } from '../../../shared/fabric/calls.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

/** Of these users, who has blocked that one. */
export const blockersHandler =
  ({ machine, directory }: PartitionContext): Handler<Asked<typeof blockersOf>, Answer<typeof blockersOf>> =>
  async ({ blocked, users }) => {
    const before = users.map((user) => machine.recentState(user, 'block').get(blocked))
    const { values } = await directory.callStorage(statesGet, {
      asked: users.map((user) => ({ user, area: 'block' as const, key: blocked })),
    })
    const blockers = users.filter((user, index) => {
      const recent = machine.recentState(user, 'block').get(blocked) ?? before[index]
      return (recent === undefined ? values[index] : recent) !== null
    })
    return { blockers }
  }
