import type { accountRegister, UserShape } from '../../../shared/fabric/calls.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import { MAX_NAME_CHARS } from '../../../shared/protocol/limits.ts'
import { completeAccount } from '../accounts/complete-account.ts'
import { newUserId } from '../accounts/secrets.ts'
import type { StorageContext } from '../context.ts'
import { nameKey } from '../store/names.ts'
import type { Operation } from './types.ts'

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u
const PASSWORD_MIN = 8
const PASSWORD_MAX = 256

const taken = () => new WeftError('conflict', 'this name is taken')

/**
 * Claims the name, then makes the profile. A claim whose profile never came to stand goes on where it stopped, for
 * whoever comes with the same password; of several at once one gets the name.
 */
export const accountRegisterOperation: Operation<typeof accountRegister> = (context) => {
  const underWay = new Set<string>()
  return async ({ name, password, display_name }) => {
    validate(name, password, display_name)
    const key = nameKey(name)
    if (underWay.has(key)) throw taken()
    underWay.add(key)
    try {
      return { user: await registerAccount(context, key, name, password, display_name) }
    } finally {
      underWay.delete(key)
    }
  }
}

async function registerAccount(
  context: StorageContext,
  key: string,
  name: string,
  password: string,
  displayName: string | null,
): Promise<UserShape> {
  const { store, passwords } = context
  const present = await store.account(key)
  if (present !== null && !present.pending) throw taken()
  if (present === null && (await store.usersByName(key)).length > 0) throw taken()
  if (present !== null) {
    // Begun before and not come to the end: only who began it goes on.
    if (!(await passwords.verify(present.hash, password))) throw taken()
    return completeAccount(context, present)
  }
  const wanted = {
    key,
    name: name.normalize('NFKC'),
    displayName: displayName ?? name.normalize('NFKC'),
    user: newUserId(),
    hash: await passwords.hash(password),
    pending: true,
  }
  const claimed = await store.claimAccount(wanted)
  if (claimed.user !== wanted.user) throw taken()
  return completeAccount(context, claimed)
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
