import type { Handler } from '../../../shared/fabric/call.ts'
import { stateGet, statesGet, type userChange } from '../../../shared/fabric/calls.ts'
import { AREA_MAX, type UserRequest } from '../../../shared/fabric/user-requests.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { PartitionContext } from '../context.ts'
import { plannedRequest } from '../machine/requests/index.ts'
import type { PlannedRequest } from '../machine/requests/types.ts'
import { tellPresenceRules } from './tell-presence.ts'
import type { Answer, Asked } from './types.ts'

/** Changes a user's own state; answered once that stands. */
export const userChangeHandler =
  (context: PartitionContext): Handler<Asked<typeof userChange>, Answer<typeof userChange>> =>
  async ({ user, request }) => {
    const planned = plannedRequest(user, request)
    const key = planned.isSealed ? await context.keys.ensure(user) : null
    const present = await presentRows(context, user, planned)
    const answer = await context.machine.ask<{ pack: number; partition: number }>((reply) => ({
      type: 'change',
      user,
      request,
      key,
      present,
      reply,
    }))
    if (rulesPresence(request)) {
      const partition = context.directory.partitionOf('presence', user)
      tellPresenceRules(context, partition, [user])
    }
    return answer
  }

/** Whether others see of the user what they didn't, or no longer what they did. */
const rulesPresence = (request: UserRequest): boolean =>
  request.op === 'block' ||
  request.op === 'contact' ||
  request.op === 'status' ||
  (request.op === 'settings' && (request.set.presence !== undefined || request.set.last_seen !== undefined))

/** The rows that are about to change. @throws `too_large` if one more would be too many (give or take those under way). */
async function presentRows(
  { machine, directory, config, log }: PartitionContext,
  user: UserId,
  { area, changes }: PlannedRequest,
): Promise<ReadonlyMap<string, string>> {
  const present = new Map<string, string>()
  let count = 0
  try {
    if (AREA_MAX[area] === Number.POSITIVE_INFINITY) {
      const asked = changes.map(({ key }) => ({ user, area, key }))
      const { values } = await directory.callStorage(
        statesGet,
        { asked },
        { deadlineMs: config.readMarkStoreMs },
      )
      for (const [index, { key }] of changes.entries()) {
        const value = values[index] ?? null
        if (value !== null) present.set(key, value)
      }
      return present
    }
    for (const { key } of changes) {
      const asked = { user, area, key, after: null, limit: 1 }
      const answer = await directory.callStorage(stateGet, asked, { deadlineMs: config.readMarkStoreMs })
      const [row] = answer.rows
      if (row !== undefined) present.set(key, row.value)
      ;({ count } = answer)
    }
  } catch (error) {
    // It goes on without the store: at worst a row is written once more than it had to be.
    log.debug({ err: error }, 'the store was not there to say what a user has set')
  }
  const recent = machine.recentState(user, area)
  for (const [key, value] of recent) if (value !== null && !present.has(key)) count++
  const added = changes.filter(
    ({ key, json }) => json !== null && !present.has(key) && !recent.has(key),
  ).length
  if (added > 0 && count + added > AREA_MAX[area])
    throw new WeftError('too_large', `${area}: at most ${AREA_MAX[area]} are kept`)
  return present
}
