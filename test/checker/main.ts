/** `node test/checker/main.ts <history.jsonl> [<edge url>…]`: reads the final state from the edges, then judges. */
import { parseArgs } from 'node:util'
import { check } from './check.ts'
import { collect } from './collect.ts'
import { linesOf } from './lines.ts'
import { UnusableHistory } from './parse.ts'
import { summaryOf, violationOf } from './report.ts'

const USAGE = `usage: node test/checker/main.ts [--allow-resets] <history.jsonl> [<edge url>…]
Without edges, the final state must stand in the file. Exit: 0 kept all promises, 1 violations, 2 can't be judged.`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'allow-resets': { type: 'boolean', default: false } },
  })
  const [path, ...edges] = positionals
  if (path === undefined) {
    console.error(USAGE)
    return 2
  }
  if (edges.length > 0) await collect(path, edges)
  const report = await check(linesOf(path), { allowResets: values['allow-resets'] })
  for (const violation of report.violations) console.log(violationOf(violation))
  console.log(summaryOf(report))
  return report.broken.size === 0 ? 0 : 1
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(error instanceof UnusableHistory ? `can’t be judged: ${error.message}` : error)
    process.exitCode = 2
  },
)
