/** `npm run load -- <scenario>`: prepares users, runs the scenario on k6, says where the results are. */
import { randomBytes } from 'node:crypto'
import { startWeft, temporaryFolder } from '../support/weft.ts'
import { type Command, parseCommand, usage } from './cli.ts'
import { k6Binary } from './k6.ts'
import { type LoadRun, runLoad } from './run.ts'

const SECRET_BYTES = 32
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))

const say = (line: string) => process.stderr.write(`load: ${line}\n`)

async function main(): Promise<number> {
  const command = commandOr()
  if (typeof command === 'number') return command
  k6Binary()
  const { url, secret } = command.values
  const edges = url
    .split(',')
    .flatMap((edge) => (edge.trim() === '' ? [] : [edge.trim().replace(/\/+$/, '')]))
  const ran =
    edges.length === 0
      ? await againstOwn(command)
      : await runLoad(command, { edges, secret }, { say, stop: stopping.signal })
  say(`the results are in ${ran.folder} (summary.html, summary.json)`)
  return ran.code
}

/** Against a fabric that is started for it, as `npm start` does, in a folder that goes afterwards. */
async function againstOwn(command: Command): Promise<LoadRun> {
  const folder = await temporaryFolder('load')
  try {
    say('no --url: starting a fabric here')
    const secret = randomBytes(SECRET_BYTES).toString('hex')
    const weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: secret, WEFT_LOG: 'warn' })
    try {
      say(`it is at ${weft.url}, its metrics at ${weft.ops}/metrics`)
      return await runLoad(command, { edges: [weft.url], secret }, { say, stop: stopping.signal })
    } finally {
      await weft.stop()
    }
  } finally {
    await folder.remove()
  }
}

/** @returns the exit code, if there is nothing to be done. */
function commandOr(): Command | number {
  try {
    const command = parseCommand(process.argv.slice(2), process.env)
    if (command !== null) return command
    process.stdout.write(`${usage()}\n`)
    return 0
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}; --help lists everything`)
    return 2
  }
}

process.exitCode = await main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
})
