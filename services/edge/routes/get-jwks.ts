import { jwks } from '../../../shared/fabric/calls.ts'
import type { Route } from './types.ts'

export const getJwks: Route<'getJwks'> = async ({ directory }) => ({
  status: 200,
  body: await directory.callStorage(jwks, {}),
})
