import type { jwks } from '../../../shared/fabric/calls.ts'
import type { Operation } from './types.ts'

export const jwksOperation: Operation<typeof jwks> =
  ({ access }) =>
  () => ({ keys: [...access.publicKeys] })
