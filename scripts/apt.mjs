import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const LIMIT_MS = 600_000

/** Installs a Debian package where that can be done unasked: as root, on Debian. Says what failed, and goes on. */
export function installWithApt(name, { say, env }) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  say(`${name}: installing it with apt-get`)
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: LIMIT_MS,
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  try {
    execFileSync('apt-get', ['update', '-q'], options)
    execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', name], options)
  } catch (error) {
    say(`${name}: ${error.message}`)
  }
}
