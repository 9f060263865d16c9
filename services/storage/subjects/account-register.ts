import type { accountRegister } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { MAX_NAME_CHARS } from '../../../shared/protocol/limits.ts'
import { completeAccount } from '../accounts/complete-account.ts'
import { newUserId } from '../accounts/secrets.ts'
import { nameKey } from '../store/names.ts'
import type { Operation } from './types.ts'

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u
const PASSWORD_MIN = 8
const PASSWORD_MAX = 256

const taken = () => new WeftError('conflict', 'this name is taken')

/** Claims the name, then makes the profile. A claim whose profile never came to stand goes on where it stopped. */
export const accountRegisterOperation: Operation<typeof accountRegister> =
  (context) =>
  async ({ name, password, display_name }) => {
    validate(name, password, display_name)
    const { store, passwords } = context
    const key = nameKey(name)
    const present = await store.account(key)
    if (present !== null && !present.pending) throw taken()
    if (present === null && (await store.usersByName(key)).length > 0) throw taken()
    const claimed =
      present ??
      (await store.claimAccount({
        key,
        name: name.normalize('NFKC'),
        displayName: display_name ?? name.normalize('NFKC'),
        user: newUserId(),
        hash: await passwords.hash(password),
        pending: true,
      }))
    // Someone else may have claimed it meanwhile, or have begun before and not come to the end: only they go on.
    if (!claimed.pending || !(await passwords.verify(claimed.hash, password))) throw taken()
    return { user: await completeAccount(context, claimed) }
  }

function validate(name: string, password: string, displayName: string | null): void {
  if (!NAME.test(name.normalize('NFKC'))) {
    throw new WeftError(
      'bad_frame',
      'name: must be 1 to 32 letters, digits and . _ - and begin with a letter or digit',
    )
  }
  const length = Array.from(password).length
  if (length < PASSWORD_MIN || length > PASSWORD_MAX)
    throw new WeftError('bad_frame', `password: must have ${PASSWORD_MIN} to ${PASSWORD_MAX} characters`)
  if (displayName !== null && (displayName.length < 1 || displayName.length > MAX_NAME_CHARS))
    throw new WeftError('bad_frame', `display_name: must have 1 to ${MAX_NAME_CHARS} characters`)
}
