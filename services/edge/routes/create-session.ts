import { sessionStart } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { Route } from './types.ts'

export const createSession: Route<'createSession'> = async ({ directory, limits }, { body, address }) => {
  const account = body.name.toLowerCase()
  limits?.logIns.take(address)
  limits?.failedLogIns.check(account)
  try {
    return { status: 201, body: await directory.callStorage(sessionStart, body) }
  } catch (error) {
    if (!(error instanceof WeftError)) throw error
    if (error.code !== 'unauthenticated' && error.code !== 'not_found') throw error
    limits?.failedLogIns.take(account)
    // Whether the name exists is nobody's business who doesn't know the password.
    throw new WeftError('unauthenticated', 'this name and password don’t belong together')
  }
}
