import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Command, envOf } from './cli.ts'
import { runK6 } from './k6.ts'
import { prepare } from './prepare/prepare.ts'
import { SCENARIOS } from './scenario-list.ts'

/** Bytes of a run's name: it stands in each cid, so that no run takes another's messages for its own. */
const RUN_BYTES = 4
const PASSWORD_BYTES = 18

type Target = { readonly edges: readonly string[]; readonly secret: string }
type Options = {
  readonly say: (line: string) => void
  readonly quiet?: boolean
  /** Ends the preparing with an error, and the run with a summary of what was. */
  readonly stop?: AbortSignal
}
export type LoadRun = {
  /** k6's: 0 = all thresholds were kept, 99 = one was not. */
  readonly code: number
  /** Holds summary.json and summary.html. */
  readonly folder: string
  /** What k6 said, where it was to be quiet. */
  readonly output: string
}

/** Prepares users at the target and runs one scenario against it. */
export async function runLoad(
  { scenario, values: given, k6Args }: Command,
  { edges, secret }: Target,
  { say, quiet = false, stop = new AbortController().signal }: Options,
): Promise<LoadRun> {
  const values = { ...given, secret }
  const run = randomBytes(RUN_BYTES).toString('hex')
  const password = values.password === '' ? randomBytes(PASSWORD_BYTES).toString('hex') : values.password
  const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}-${scenario}-${run}`
  const folder = resolve(values.out === '' ? join('.cache', 'load', name) : values.out)
  await mkdir(folder, { recursive: true })
  const users = await prepare({ values, edges, needs: SCENARIOS[scenario].needs, run, password, say, stop })
  // It may hold access tokens.
  const usersFile = join(folder, 'users.json')
  await writeFile(usersFile, JSON.stringify(users), { mode: 0o600 })
  try {
    const env = {
      ...envOf(values),
      WEFT_LOAD_USERS_FILE: usersFile,
      WEFT_LOAD_RUN: run,
      WEFT_LOAD_RESULTS: folder,
    }
    const { code, output } = await runK6({ scenario, env, k6Args, quiet, stop })
    return { code, folder, output }
  } finally {
    await rm(usersFile, { force: true })
  }
}
