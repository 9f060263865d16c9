import { type Handler, SILENT } from '../../../shared/fabric/call.ts'
import type { register } from '../../../shared/fabric/calls.ts'
import { unseal } from '../../../shared/fabric/keyring.ts'
import type { RegisterRequest } from '../../../shared/fabric/wire/register.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import type { PartitionContext } from '../context.ts'
import type { HeldEvent } from '../machine/queue.ts'
import type { Answer, Asked } from './types.ts'

const registered = counter('weft_registers_total', 'Sessions that asked for their queue, by the answer', [
  'status',
])

/** Stands where an event stood whose key was destroyed: the number stays, its content is gone. */
export const ERASED = Buffer.from('{"kind":"erased"}')

/**
 * Sessions and their cursors: what they missed, and their registration. What takes time (new users' profiles, keys)
 * comes first; the step itself waits for nothing, so nothing can be committed in its midst.
 */
export const registerHandler =
  (context: PartitionContext): Handler<Asked<typeof register>, Answer<typeof register>> =>
  async (request) => {
    const { machine, tenure } = context
    await makeUsersExist(context, request)
    const sealed = [...machine.sealedIn(request)]
    await Promise.all(sealed.map((event) => open(context, event)))
    if (!tenure.valid()) return SILENT
    const response = machine.register(request)
    if (response === null) return SILENT
    for (const { status } of response.results) registered.inc({ status })
    return response
  }

/** With a customer's own tokens a user exists from the first use on. */
async function makeUsersExist({ machine }: PartitionContext, { entries }: RegisterRequest): Promise<void> {
  const missing = entries.flatMap(({ user, name }) =>
    name !== null && machine.lacksProfile(user) ? [{ user, name }] : [],
  )
  await Promise.all(
    missing.map(({ user, name }) =>
      machine.ask((reply) => ({
        type: 'profile',
        user,
        change: { op: 'profile', name, displayName: name, avatar: null },
        when: 'if-none',
        reply,
      })),
    ),
  )
}

async function open({ keys, log }: PartitionContext, event: HeldEvent): Promise<void> {
  if (event.sealed === null) return
  const key = await keys.load(event.sealed.keyOf)
  if (event.json !== null) return
  event.json = key === null ? ERASED : unsealOr(event)
  event.sealed = null

  function unsealOr({ sealed }: HeldEvent): Uint8Array {
    try {
      if (key === null || sealed === null) return ERASED
      return unseal(key, sealed)
    } catch (error) {
      // The pack's own digest vouches for the bytes, so the key was destroyed and another made since.
      log.warn({ err: error, pack: event.pack }, 'an event does not open with its user’s present key')
      return ERASED
    }
  }
}
