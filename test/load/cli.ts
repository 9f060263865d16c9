import { parseArgs } from 'node:util'
import { OPTIONS, optionNames, parseValues, type Values } from './options.ts'
import { isScenario, SCENARIOS, type ScenarioName } from './scenario-list.ts'

export type Command = {
  readonly scenario: ScenarioName
  readonly values: Values
  /** Handed to k6 as they are. */
  readonly k6Args: readonly string[]
}

/** @returns null where help was asked for. @throws with what is wrong, for people. */
export function parseCommand(args: readonly string[], env: NodeJS.ProcessEnv): Command | null {
  const end = args.indexOf('--')
  const own = end === -1 ? args : args.slice(0, end)
  const options: Record<string, { type: 'string' | 'boolean' }> = { help: { type: 'boolean' } }
  for (const option of optionNames) options[option] = { type: 'string' }
  const { values: flags, positionals } = parseArgs({ args: [...own], allowPositionals: true, options })
  if (flags['help'] === true) return null
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0 || !isScenario(name))
    throw new Error(`name one scenario of ${Object.keys(SCENARIOS).join(', ')}`)
  const values = parseValues((option) => {
    const flag = flags[option]
    if (typeof flag === 'string') return flag
    if (option === 'secret') return env[OPTIONS.secret.env] ?? env['WEFT_TOKEN_SECRET']
    return env[OPTIONS[option].env]
  })
  const roundS = values.seconds / values.storms
  if (name === 'storm' && roundS < values.away * 2)
    throw new Error(
      `each storm has ${roundS} s of --seconds, and needs twice --away (${values.away} s) at least`,
    )
  return { scenario: name, values, k6Args: end === -1 ? [] : args.slice(end + 1) }
}

const FLAG_CHARS = 18
const ENV_CHARS = 28

export const usage = (): string => `npm run load -- <scenario> [options] [-- options of k6]

Scenarios
${Object.entries(SCENARIOS)
  .map(([name, { doc }]) => `  ${name.padEnd(FLAG_CHARS)}${doc}`)
  .join('\n')}

Options, each also as a variable of the environment
${optionNames
  .map((name) => {
    const { env, doc, default: fallback } = OPTIONS[name]
    const by = fallback === '' ? '' : ` (${fallback})`
    return `  --${name.padEnd(FLAG_CHARS - 2)}${env.padEnd(ENV_CHARS)}${doc}${by}`
  })
  .join('\n')}

It ends with 0 if all thresholds were kept, 99 if one was not. test/load/README.md says how to read the results.`

/** For k6, which reads its options from the environment. */
export const envOf = (values: Values): Record<string, string> =>
  Object.fromEntries(optionNames.map((name) => [OPTIONS[name].env, String(values[name])]))
