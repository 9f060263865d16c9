import type { sessionEnd } from '../../../shared/fabric/calls.ts'
import { revoke } from '../accounts/tokens.ts'
import type { Operation } from './types.ts'

/** Log out. Asked again, it does the same again: a crash between the two steps is healed so. */
export const sessionEndOperation: Operation<typeof sessionEnd> =
  (context) =>
  async ({ family, user }) => {
    await context.store.endFamily(family, user, Date.now())
    await revoke(context, family)
    return {}
  }
