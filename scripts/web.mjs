import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

const INPUTS = ['web', 'sdk', 'shared/protocol', 'package-lock.json', 'tsconfig.json']
const BUILD_LIMIT_MS = 300_000

/** Builds the page to web/dist unless it stands there, made from these very files. */
export function buildWeb(root, node, say) {
  if (!existsSync(join(root, 'web', 'index.html'))) return
  const stampPath = join(root, 'web', 'dist', '.inputs')
  const inputs = hashOf(root)
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === inputs) return
  say('building the page')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn']
  execFileSync(node, args, {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    // A test runner's own NODE_ENV would make it a development build.
    env: { ...process.env, NODE_ENV: 'production' },
    timeout: BUILD_LIMIT_MS,
  })
  writeFileSync(stampPath, inputs)
}

function hashOf(root) {
  const hash = createHash('sha256')
  for (const input of INPUTS) {
    for (const file of filesIn(join(root, input))) {
      const bytes = readFileSync(file)
      hash.update(`${relative(root, file).split(sep).join('/')} ${bytes.length}\n`).update(bytes)
    }
  }
  return hash.digest('hex')
}

function filesIn(path) {
  if (!existsSync(path)) return []
  const entries = readdirSyncOrFile(path)
  if (entries === undefined) return [path]
  return entries
    .filter((entry) => !['node_modules', 'dist'].includes(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesIn(join(path, entry.name)))
}

function readdirSyncOrFile(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return undefined
    throw error
  }
}
