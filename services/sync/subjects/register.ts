import { type Handler, SILENT } from '../../../shared/fabric/call.ts'
import type { register } from '../../../shared/fabric/calls.ts'
import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { unseal } from '../../../shared/fabric/keyring.ts'
import type { RegisterRequest, RegisterResult } from '../../../shared/fabric/wire/register.ts'
import { keyOf } from '../../../shared/fabric/wire/sealed.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { PartitionContext } from '../context.ts'
import type { Answer, Asked } from './types.ts'

const registered = counter('weft_registers_total', 'Sessions that asked for their queue, by the answer', [
  'status',
])

/** Stands where an event stood whose key was destroyed: the number stays, its content is gone. */
const ERASED = Buffer.from('{"kind":"erased"}')

/**
 * Sessions and their cursors: what they missed, and their registration. What takes time (new users' profiles, keys)
 * comes first; the step itself waits for nothing, so nothing can be committed in its midst.
 */
export const registerHandler =
  (context: PartitionContext): Handler<Asked<typeof register>, Answer<typeof register>> =>
  async (request) => {
    const { machine, tenure } = context
    const refused = await makeUsersExist(context, request)
    const served = { ...request, entries: request.entries.filter(({ user }) => !refused.has(user)) }
    await Promise.all([...machine.sealedIn(served)].map((event) => open(context, event)))
    if (!tenure.valid()) return SILENT
    const response = machine.register(served)
    if (response === null) return SILENT
    const answers = response.results.values()
    const results = request.entries.map(({ user }): RegisterResult => {
      const answer = refused.has(user) ? undefined : answers.next().value
      if (answer !== undefined) return answer
      const { epoch, n } = machine.head(user)
      return { status: 'busy', epoch, head: n, events: [] }
    })
    for (const { status } of results) registered.inc({ status })
    return { ...response, results }
  }

/**
 * With a customer's own tokens a user exists from the first use on. Those who couldn't be made just now are returned:
 * they ask again, and the others of the request aren't held up.
 */
async function makeUsersExist(
  { machine, log }: PartitionContext,
  { entries }: RegisterRequest,
): Promise<ReadonlySet<UserId>> {
  const refused = new Set<UserId>()
  const make = async (user: UserId, name: string) => {
    try {
      await machine.ask((reply) => ({
        type: 'profile',
        user,
        change: { op: 'profile', name, displayName: name, avatar: null },
        when: 'if-none',
        reply,
      }))
    } catch (error) {
      log.debug({ err: error }, 'a new user could not be made; their session asks again')
      refused.add(user)
    }
  }
  await Promise.all(
    entries.flatMap(({ user, name }) =>
      name !== null && machine.lacksProfile(user) ? [make(user, name)] : [],
    ),
  )
  return refused
}

async function open({ keys, log, machine }: PartitionContext, event: HeldEvent): Promise<void> {
  const { sealed } = event
  if (sealed === null) return
  const key = await keys.load(keyOf(sealed))
  if (event.json !== null) return
  try {
    machine.open(event, key === null ? ERASED : unseal(key, sealed))
  } catch (error) {
    // The pack's own digest vouches for the bytes, so the key was destroyed and another made since.
    log.warn({ err: error, pack: event.pack }, 'an event does not open with its user’s present key')
    machine.open(event, ERASED)
  }
}
