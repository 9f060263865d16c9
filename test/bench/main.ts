import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { describeMachine, doNotPin, GENERATOR_CORE, pinSelf } from './machine.ts'
import { withFigures } from './markdown.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { formatMachine, formatRow, type Report, type RowReport } from './report.ts'
import { rows } from './rows/index.ts'
import { runRow } from './run.ts'

const DOCS = 'docs/benchmarks.md'
const say = (line: string) => process.stderr.write(`bench: ${line}\n`)

async function main(): Promise<number> {
  const options = optionsOr()
  if (options === null) return 2
  if (options.unpinned) doNotPin()
  pinSelf(GENERATOR_CORE)
  const machine = describeMachine(options.data ?? tmpdir())
  process.stdout.write(`${formatMachine(machine)}\n`)
  if (options.scale !== 1)
    process.stdout.write(`WITH ${options.scale} TIMES THE CLIENTS: only for a quick look\n`)
  const reports: RowReport[] = []
  for (const row of rows) {
    if (options.rows.length > 0 && !options.rows.includes(row.name)) continue
    const report = await runRow(row, machine, options, say)
    reports.push(report)
    process.stdout.write(`\n${formatRow(report)}\n`)
  }
  const report: Report = { machine, rows: inOrder([...reports, ...kept(options.json, reports)]) }
  mkdirSync(dirname(options.json), { recursive: true })
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
  if (options.docs) writeFileSync(DOCS, withFigures(readFileSync(DOCS, 'utf8'), report))
  say(`the figures are in ${options.json}`)
  return reports.every(({ faults }) => faults.length === 0) ? 0 : 1
}

/** The rows of an earlier call that this one has not run again. */
function kept(path: string, fresh: readonly RowReport[]): readonly RowReport[] {
  if (!existsSync(path)) return []
  const { rows: before } = JSON.parse(readFileSync(path, 'utf8')) as Report
  return before.filter(({ name }) => !fresh.some((row) => row.name === name))
}

function inOrder(reports: readonly RowReport[]): readonly RowReport[] {
  const place = ({ name }: RowReport) => rows.findIndex((row) => row.name === name)
  return [...reports].sort((a, b) => place(a) - place(b))
}

function optionsOr(): Options | null {
  try {
    return parseOptions(
      process.argv.slice(2),
      rows.map(({ name }) => name),
    )
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return null
  }
}

process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))
process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
})
