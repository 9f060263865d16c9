import { accountRegister } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

/** The hash, the profile's record and its projection, each of which may have to wait (ms). */
const DEADLINE_MS = 10_000

export const createAccount: Route<'createAccount'> = async ({ directory, limits }, { body, address }) => {
  limits?.registrations.take(address)
  const { name, password, display_name } = body
  const account = { name, password, display_name: display_name ?? null }
  const { user } = await directory.callStorage(accountRegister, account, { deadlineMs: DEADLINE_MS })
  return { status: 201, body: { user } }
}
