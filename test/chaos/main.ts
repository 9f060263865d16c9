/** `npm run chaos`: clients talk while a fabric suffers; then an independent checker judges what they were told. */
import { parseArgs } from 'node:util'
import { summaryOf, violationOf } from '../checker/report.ts'
import { runMutants } from './mutants/run.ts'
import { type Outcome, type RunOptions, runChaos } from './run/run.ts'
import { WORKLOADS } from './run/world.ts'

const USAGE = `npm run chaos -- [options]
  --seed <n>           of everything that is chosen (by the clock, and printed)
  --runs <n>           as many runs, with the seeds that follow (1)
  --minutes <n>        length of a run's faults (2)
  --operations <n>     ends a run earlier, once the clients have asked for so many things
  --shape <name>       embedded or cluster (cluster)
  --faults <a,b,…>     by name, or none; all by default, an unknown one lists them
  --workload <name>    ${WORKLOADS.join(', ')} (mixed)
  --clients <n>        half of them raw sockets, half the SDK (36)
  --rate <n>           things that all clients together do in a second (1000)
  --keep <folder>      data, logs and history go there and stay; kept anyway if a promise was broken
  --mutants [name …]   switches deliberate bugs on, one by one: the checker must notice each`

const OPTIONS = {
  seed: { type: 'string' },
  runs: { type: 'string', default: '1' },
  minutes: { type: 'string', default: '2' },
  operations: { type: 'string', default: 'Infinity' },
  shape: { type: 'string', default: 'cluster' },
  faults: { type: 'string', default: '' },
  workload: { type: 'string', default: 'mixed' },
  clients: { type: 'string', default: '36' },
  rate: { type: 'string', default: '1000' },
  keep: { type: 'string' },
  mutants: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const say = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  if (values.mutants) return (await runMutants(console.log, positionals)) === 0 ? 0 : 1
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : numberOf('seed', values.seed)
  const runs = numberOf('runs', values.runs)
  let broken = 0
  for (let run = 0; run < runs; run++) {
    const options: RunOptions = {
      seed: seed + run,
      shape: choice('shape', values.shape, ['embedded', 'cluster'] as const),
      seconds: numberOf('minutes', values.minutes) * 60,
      operations:
        values.operations === 'Infinity'
          ? Number.POSITIVE_INFINITY
          : numberOf('operations', values.operations),
      faults: values.faults.split(',').filter((name) => name !== ''),
      workload: choice('workload', values.workload, WORKLOADS),
      clients: numberOf('clients', values.clients),
      rate: numberOf('rate', values.rate),
      say,
      ...(values.keep === undefined ? {} : { keep: values.keep }),
    }
    const outcome = await runChaos(options)
    print(options, outcome)
    if (outcome.report.broken.size > 0) broken++
  }
  return broken === 0 ? 0 : 1
}

function print(options: RunOptions, { report, faults, seconds, folder }: Outcome): void {
  const { seed, shape, workload, clients, rate } = options
  for (const violation of report.violations) console.log(violationOf(violation))
  const byName = [...faults].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name} ${count}`)
  console.log(`faults: ${byName.join(', ') || 'none'}`)
  console.log(`${shape}, seed ${seed}, ${clients} clients, ${seconds.toFixed(0)} s: ${summaryOf(report)}`)
  const chosen = options.faults.length === 0 ? '' : ` --faults ${options.faults.join(',')}`
  console.log(
    `again: npm run chaos -- --seed ${seed} --shape ${shape} --minutes ${options.seconds / 60} --workload ${workload}` +
      ` --clients ${clients} --rate ${rate}${chosen}`,
  )
  if (report.broken.size > 0) console.log(`history, data and logs: ${folder}`)
}

function numberOf(name: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(text)}\n${USAGE}`)
}

function choice<T extends string>(name: string, text: string, among: readonly T[]): T {
  const chosen = among.find((one) => one === text)
  if (chosen !== undefined) return chosen
  throw new Error(`--${name} must be one of ${among.join(', ')}, not ${JSON.stringify(text)}\n${USAGE}`)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  },
)
