import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Machine } from './machine.ts'
import type { Options } from './options.ts'
import { type RowReport, summarize } from './report.ts'
import type { Bench, Row, Run } from './row.ts'
import { startFabric } from './server.ts'

const RUNS = 3

/** A row, so many times, each with processes and folders of its own. */
export async function runRow(
  row: Row,
  machine: Machine,
  options: Options,
  say: (line: string) => void,
): Promise<RowReport> {
  const runs: Run[] = []
  const times = options.runs ?? (row.once === true ? 1 : RUNS)
  for (let i = 1; i <= times; i++) {
    say(`${row.name}, run ${i} of ${times}`)
    runs.push(await runOnce(row, machine, options).catch(failed))
  }
  return summarize({ name: row.name, title: row.title, commit: machine.commit, date: machine.date }, runs)
}

/** The other rows can still tell something. */
const failed = (error: unknown): Run => ({
  figures: {},
  notes: [],
  faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
})

async function runOnce(row: Row, machine: Machine, options: Options): Promise<Run> {
  const undo: (() => Promise<void> | void)[] = []
  const folder = async () => {
    const path = await mkdtemp(join(options.data ?? tmpdir(), 'weft-bench-'))
    // Also when this process is told to stop in the middle.
    const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    process.once('exit', remove)
    undo.push(() => {
      process.off('exit', remove)
      remove()
    })
    return path
  }
  const bench: Bench = {
    machine,
    seconds: options.seconds,
    warmupSeconds: options.warmupSeconds,
    scale: options.scale,
    nodeArgs: options.nodeArgs,
    folder,
    atEnd: (act) => undo.push(act),
    fabric: async (env = {}) => {
      const server = await startFabric({ data: await folder(), env, nodeArgs: options.nodeArgs })
      undo.push(() => server.stop())
      return server
    },
  }
  try {
    return await row.run(bench)
  } finally {
    for (let act = undo.pop(); act !== undefined; act = undo.pop()) await act()
  }
}
