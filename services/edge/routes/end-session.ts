import { sessionEnd } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

/** A customer's own token belongs to no log-in of this fabric: there is nothing to end. */
export const endSession: Route<'endSession'> = async ({ directory }, { identity: { family, user } }) => {
  if (family !== null) await directory.callStorage(sessionEnd, { family, user })
  return { status: 204 }
}
