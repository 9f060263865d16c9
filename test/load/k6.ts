import { spawn } from 'node:child_process'
import { once } from 'node:events'

type Run = {
  readonly scenario: string
  readonly env: Readonly<Record<string, string>>
  readonly k6Args: readonly string[]
  /** Kept, instead of shown as it comes. */
  readonly quiet: boolean
  readonly stop: AbortSignal
}
export type Ended = {
  /** 0 = all thresholds were kept, 99 = one was not. */
  readonly code: number
  readonly output: string
}

/** The k6 that `npm run load` and `npm test` provide. */
export function k6Binary(): string {
  const binary = process.env.WEFT_K6
  if (binary === undefined || binary === '')
    throw new Error(
      'WEFT_K6 is not set: there is no k6 (see what `npm test` or `npm run load` said at its start)',
    )
  return binary
}

/** Runs one scenario until it ends, or is stopped: k6 sums up then too. */
export async function runK6({ scenario, env, k6Args, quiet, stop }: Run): Promise<Ended> {
  const args = [
    'run',
    '--no-usage-report',
    // No control port: several k6 may run on one machine.
    '--address=',
    ...(quiet ? ['--quiet', '--no-color'] : []),
    ...k6Args,
    `test/load/scenarios/${scenario}.ts`,
  ]
  const child = spawn(k6Binary(), args, {
    env: { ...process.env, ...env },
    // A second Ctrl-C would end k6 without a summary, and a terminal sends one to the whole group.
    detached: true,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const interrupt = () => child.kill('SIGINT')
  stop.addEventListener('abort', interrupt)
  try {
    const [code]: (number | null)[] = await once(child, 'close')
    return { code: code ?? 1, output }
  } finally {
    stop.removeEventListener('abort', interrupt)
  }
}
