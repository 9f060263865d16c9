import { execFile, spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { findOnPath } from './nats/ways.mjs'

const MODULE = 'go.k6.io/k6'
const VERSION = '1.8.1'
/** What the load scenarios were written for; another major version may differ. */
const MINIMUM = [1, 8]
const VERSION_LIMIT_MS = 30_000
/** It takes some minutes of one core. */
const BUILD_LIMIT_MS = 1_800_000
const PROGRESS_MS = 10_000
const NEITHER =
  `k6 ${MINIMUM.join('.')} or newer is needed for the load scenarios, and there is none on PATH, nor Go to build it with. ` +
  'Install it (grafana.com/docs/k6: "Install k6") or Go, or name its path in WEFT_K6.'

/**
 * Path of a k6 for the load scenarios: WEFT_K6, else the one on PATH if it will do, else the cached one, else built by
 * `go install` (the go command checks the module's sum) into `cacheDir`.
 * @throws Error that says what was tried and what to install.
 */
export async function provisionK6({ cacheDir, go = 'go', say = () => {}, env = process.env }) {
  if (env.WEFT_K6) {
    await checkVersion(env.WEFT_K6)
    return env.WEFT_K6
  }
  const found = await findOnPath('k6', env.PATH)
  if (found) {
    const refused = await checkVersion(found).then(
      () => undefined,
      (error) => error.message,
    )
    if (refused === undefined) return found
    say(`k6: ${refused}`)
  }
  const cached = join(cacheDir, `k6-${VERSION}`)
  const isThere = await access(cached).then(
    () => true,
    () => false,
  )
  if (isThere) return cached
  await build(cacheDir, cached, { go, say, env })
  return cached
}

/** @throws Error if it isn't a k6 that will do. */
async function checkVersion(binary) {
  const { stdout } = await promisify(execFile)(binary, ['version'], { timeout: VERSION_LIMIT_MS })
  const found = /^k6 v(\d+)\.(\d+)\.\d+/m.exec(stdout)
  if (!found) throw new Error(`${binary} did not tell its version`)
  const [major, minor] = [Number(found[1]), Number(found[2])]
  if (major !== MINIMUM[0] || minor < MINIMUM[1])
    throw new Error(
      `${binary} is ${found[0]}; version ${MINIMUM.join('.')} or newer of ${MINIMUM[0]} is needed`,
    )
}

async function build(cacheDir, path, { go, say, env }) {
  await mkdir(cacheDir, { recursive: true })
  // In the same file system as its place, so that the rename is atomic and a run at the same time does no harm.
  const folder = await mkdtemp(join(cacheDir, 'new-'))
  try {
    say(`k6: building version ${VERSION} with go install; once, and it takes some minutes`)
    await goInstall(go, { ...env, GOBIN: folder, CGO_ENABLED: '0' }, say)
    const built = join(folder, 'k6')
    await checkVersion(built)
    await rename(built, path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function goInstall(go, env, say) {
  const child = spawn(go, ['install', '-v', `${MODULE}@v${VERSION}`], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_LIMIT_MS,
  })
  const began = performance.now()
  let packages = 0
  let last = ''
  // With -v, go names each package that it has compiled, and each module that it fetches.
  createInterface(child.stderr).on('line', (line) => {
    packages++
    last = line
  })
  const progress = setInterval(() => {
    say(`k6: ${Math.round((performance.now() - began) / 1000)} s, ${packages} steps done, now ${last}`)
  }, PROGRESS_MS)
  return new Promise((done, fail) => {
    child.once('error', (error) =>
      fail(new Error(error.code === 'ENOENT' ? NEITHER : error.message, { cause: error })),
    )
    child.once('close', (code, signal) =>
      code === 0
        ? done()
        : fail(new Error(`go install ${MODULE}@v${VERSION} ended with ${code ?? signal}: ${last}`)),
    )
  }).finally(() => clearInterval(progress))
}
