/**
 * `npm start`, `npm test` and the others: makes sure of the dependencies, then runs the task on the Node that they
 * bring. Runs itself on what the machine has (Node 18 or newer) and imports nothing from node_modules.
 */
import { existsSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from './child.mjs'
import { provisionChromium } from './chromium.mjs'
import { ensureInstalled } from './install.mjs'
import { provisionIproute2 } from './iproute2.mjs'
import { provisionK6 } from './k6.mjs'
import { provisionNatsServer } from './nats/provision.mjs'
import { NODE_FLAGS } from './node-flags.mjs'
import { provisionPython } from './python.mjs'
import { provisionStrace } from './strace.mjs'
import { buildWeb } from './web.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [task = '', ...args] = process.argv.slice(2)
const say = (line) => console.error(`weft: ${line}`)

const bin = (name, file) => join(root, 'node_modules', name, file)
const BIOME = [bin('@biomejs/biome', 'bin/biome')]
const SOURCES = ['services', 'shared', 'sdk', 'web', 'test', 'scripts'].filter((name) =>
  existsSync(join(root, name)),
)

/** The checks in the order in which they are cheap; `check` runs them all. */
const CHECKS = {
  format: [...BIOME, 'ci', '--error-on-warnings'],
  lint: [bin('oxlint', 'bin/oxlint'), '--type-aware', '--deny-warnings'],
  typecheck: [bin('typescript', 'bin/tsc'), '--noEmit'],
  boundaries: [
    bin('dependency-cruiser', 'bin/dependency-cruiser.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    ...SOURCES,
  ],
  knip: [bin('knip', 'bin/knip.js')],
}

const service = (name) => async (run) => {
  if (name === 'edge') buildWeb(root, run.node, say)
  return run.program([`services/${name}/main.ts`])
}

const TASKS = {
  start: async (run) => {
    const nats = await provisionNats()
    buildWeb(root, run.node, say)
    const onKilled = () => run.program(['services/all/clean-up.ts'])
    return run.program(['services/all/main.ts'], { WEFT_NATS_SERVER: nats }, onKilled)
  },
  cluster: async (run) => {
    const nats = await provisionNats()
    buildWeb(root, run.node, say)
    return run.program(['test/cluster/main.ts'], { WEFT_NATS_SERVER: nats })
  },
  chaos: async (run) => {
    const nats = await provisionNats()
    buildWeb(root, run.node, say)
    return run.program(['test/chaos/main.ts'], { WEFT_NATS_SERVER: nats })
  },
  edge: service('edge'),
  chat: service('chat'),
  sync: service('sync'),
  presence: service('presence'),
  storage: service('storage'),
  test: async (run) => {
    const WEFT_NATS_SERVER = await provisionNats()
    const WEFT_CHROMIUM = await provisionChromium({ say })
    const WEFT_STRACE = await provisionStrace({ say })
    await provisionIproute2({ say })
    const WEFT_K6 = await tryToProvisionK6()
    const WEFT_PYTHON = await provisionPython({
      cacheDir: join(root, '.cache', 'python'),
      requirements: join(root, 'test', 'third-party', 'requirements.txt'),
      say,
    })
    const built = tryToBuildWeb(run.node)
    const code = await run.program([bin('vitest', 'vitest.mjs'), 'run'], {
      WEFT_NATS_SERVER,
      WEFT_CHROMIUM,
      ...(WEFT_STRACE === undefined ? {} : { WEFT_STRACE }),
      ...(WEFT_K6 === undefined ? {} : { WEFT_K6 }),
      ...(WEFT_PYTHON === undefined ? {} : { WEFT_PYTHON }),
    })
    return built ? code : code || 1
  },
  bench: async (run) => {
    const WEFT_NATS_SERVER = await provisionNats()
    return run.program(['test/bench/main.ts'], { WEFT_NATS_SERVER })
  },
  load: async (run) => {
    const WEFT_K6 = await provisionK6(k6Options)
    const WEFT_NATS_SERVER = await provisionNats()
    return run.program(['test/load/main.ts'], { WEFT_K6, WEFT_NATS_SERVER })
  },
  typecheck: (run) => run.program(CHECKS.typecheck),
  lint: (run) => run.program(CHECKS.lint),
  format: (run) => run.program([...BIOME, 'check', '--write']),
  check: async (run) => {
    let failed = 0
    for (const [name, command] of Object.entries(CHECKS)) {
      const code = await run.program(command)
      say(`${name}: ${code === 0 ? 'ok' : 'FAILED'}`)
      if (code > 128) return code
      if (code !== 0) failed = 1
    }
    return failed
  },
  docs: (run) => run.program(['scripts/docs.ts']),
}

/** A page that can't be built fails the run, but the other tests can still tell something. */
function tryToBuildWeb(node) {
  try {
    buildWeb(root, node, say)
    return true
  } catch (error) {
    say(`the page can't be built: ${error.message}`)
    rmSync(join(root, 'web', 'dist'), { recursive: true, force: true })
    return false
  }
}

const provisionNats = () => provisionNatsServer({ cacheDir: join(root, '.cache', 'nats-server'), say })

const k6Options = { cacheDir: join(root, '.cache', 'k6'), say }

/** Without it, the tests that need it fail, and the others can still tell something. */
const tryToProvisionK6 = () =>
  provisionK6(k6Options).catch((error) => {
    say(error.message)
    return undefined
  })

async function main() {
  const chosen = TASKS[task]
  if (!chosen) throw new Error(`no task ${JSON.stringify(task)}; there are ${Object.keys(TASKS).join(', ')}`)
  const node = ensureInstalled(root, say)
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const guard = [...NODE_FLAGS, '--import', join(root, 'scripts', 'guard.mjs')]
  const program = async (command, env = {}, onKilled = async () => {}) => {
    const { code, signal } = await runChild(node, [...guard, ...command, ...(task === 'check' ? [] : args)], {
      cwd: root,
      env: { ...process.env, PATH: path, ...env },
    })
    if (signal !== null) await onKilled(signal)
    return code
  }
  return chosen({ node, program })
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    say(error.message)
    process.exitCode = 1
  },
)
