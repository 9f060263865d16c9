import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const NODE_MAJOR = '22'

/** Runs `npm ci` unless what is installed is what the lock says. Returns the path of Node 22, which it brings. */
export function ensureInstalled(root, say) {
  const node = join(root, 'node_modules', '.bin', 'node')
  if (isInstalled(root) && majorOf(node) === NODE_MAJOR) return node

  say('installing dependencies (npm ci)')
  npm(root, ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  // The package `node` fetches its binary in an install script, which npm can be set up not to run.
  if (majorOf(node) !== NODE_MAJOR) {
    say(`fetching Node ${NODE_MAJOR}`)
    npm(root, ['rebuild', 'node', '--ignore-scripts=false', '--foreground-scripts', '--loglevel=error'])
  }
  const major = majorOf(node)
  if (major !== NODE_MAJOR)
    throw new Error(`${node} is not Node ${NODE_MAJOR} (${major ?? 'it does not run'})`)
  return node
}

/** Compares the lock with the list that npm keeps, and writes last, of what it installed. */
export function isInstalled(root) {
  let wanted
  let installed
  try {
    wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true
    const there = installed[path]
    // Optional ones are mostly for other platforms.
    if (there === undefined) return optional === true
    return there.version === version && (integrity === undefined || there.integrity === integrity)
  })
}

function majorOf(node) {
  return /^v(\d+)\./.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]
}

function npm(root, args) {
  const done = spawnSync('npm', args, { cwd: root, stdio: ['ignore', process.stderr, process.stderr] })
  if (done.status !== 0)
    throw new Error(`npm ${args[0]} failed (${done.error?.message ?? done.status ?? done.signal})`)
}
