import { sessionStart } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

export const createSession: Route<'createSession'> = async ({ directory, limits }, { body, address }) => {
  limits?.logIns.take(address)
  return { status: 201, body: await directory.callStorage(sessionStart, body) }
}
