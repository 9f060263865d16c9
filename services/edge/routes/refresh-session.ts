import { sessionRefresh } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

export const refreshSession: Route<'refreshSession'> = async ({ directory }, { body }) => ({
  status: 200,
  body: await directory.callStorage(sessionRefresh, body),
})
