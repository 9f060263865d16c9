import { SharedArray } from 'k6/data'
import { OPTIONS, parseValues } from '../options.ts'
import type { LoadUser } from '../scenario-list.ts'

export const values = parseValues((name) => __ENV[OPTIONS[name].env])

/** Set by the runner: the users that it has prepared, and the name of this run. */
const usersFile = __ENV['WEFT_LOAD_USERS_FILE']
if (usersFile === undefined)
  throw new Error(
    'WEFT_LOAD_USERS_FILE is not set: run the scenarios by `npm run load`, which prepares the users',
  )
export const run = __ENV['WEFT_LOAD_RUN'] ?? 'run'

/** One copy for all virtual users. */
export const users = new SharedArray<LoadUser>('users', () => JSON.parse(open(usersFile)))
