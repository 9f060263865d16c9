import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { installWithApt } from './apt.mjs'
import { findOnPath } from './nats/ways.mjs'

/** What the pinned packages need. */
const MINIMUM = [3, 10]
const ASK_LIMIT_MS = 30_000
const INSTALL_LIMIT_MS = 600_000
const LAST_LINES = 5

/**
 * Path of a Python that has the packages of `requirements` (a file with hashes): an environment of its own in
 * `cacheDir`, made once for each Python and each such file. Undefined, after saying why, where it can't be had.
 */
export async function provisionPython({ cacheDir, requirements, say = () => {}, env = process.env }) {
  try {
    const base = await findPython({ say, env })
    return await environment(base, { cacheDir, requirements, say })
  } catch (error) {
    say(`python: ${error.message}; tests that need it are left out (in CI that fails the run)`)
    return undefined
  }
}

async function findPython({ say, env }) {
  if (env.WEFT_PYTHON) return env.WEFT_PYTHON
  const found = await findOnPath('python3', env.PATH)
  // Debian's own comes in parts: without this one it makes no environments.
  if (found && (await canMakeEnvironments(found))) return found
  installWithApt('python3-venv', { say, env })
  const installed = await findOnPath('python3', env.PATH)
  if (installed) return installed
  throw new Error('there is no python3 on PATH; install it with its venv, or name its path in WEFT_PYTHON')
}

const ask = (python, program) =>
  promisify(execFile)(python, ['-c', program], { timeout: ASK_LIMIT_MS }).then(({ stdout }) => stdout.trim())

const canMakeEnvironments = (python) =>
  ask(python, 'import ensurepip, venv').then(
    () => true,
    () => false,
  )

async function environment(base, { cacheDir, requirements, say }) {
  const [version, executable] = JSON.parse(
    await ask(base, 'import json, sys; print(json.dumps([list(sys.version_info[:3]), sys.executable]))'),
  )
  if (version[0] !== MINIMUM[0] || version[1] < MINIMUM[1])
    throw new Error(`${base} is Python ${version.join('.')}; ${MINIMUM.join('.')} or newer is needed`)
  const hash = createHash('sha256').update(JSON.stringify([version, executable]))
  hash.update(await readFile(requirements))
  const home = join(cacheDir, hash.digest('hex').slice(0, 16))
  const python = join(home, 'bin', 'python')
  const isThere = await access(python).then(
    () => true,
    () => false,
  )
  if (!isThere) await make(executable, home, { cacheDir, requirements, say })
  return python
}

async function make(executable, home, { cacheDir, requirements, say }) {
  await mkdir(cacheDir, { recursive: true })
  // In the same file system as its place, so that the rename is atomic and a run at the same time does no harm.
  const folder = await mkdtemp(join(cacheDir, 'new-'))
  try {
    say('python: making an environment with the packages that third-party clients use; once')
    await run(executable, ['-m', 'venv', folder], say)
    const pip = [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--only-binary',
      ':all:',
    ]
    await run(join(folder, 'bin', 'python'), [...pip, '--require-hashes', '-r', requirements], say)
    await rename(folder, home).catch((error) => {
      // Another run was quicker, and made the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(command, args, say) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_LIMIT_MS })
  const last = []
  for (const output of [child.stdout, child.stderr])
    createInterface(output).on('line', (line) => {
      last.push(line)
      if (last.length > LAST_LINES) last.shift()
      if (/^(Collecting|Installing) /.test(line)) say(`python: ${line.replace(/ \(from .*/, '')}`)
    })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code, signal) =>
      code === 0 ? done() : fail(new Error(`${args[1]} ended with ${code ?? signal}: ${last.join(' | ')}`)),
    )
  })
}
