import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findOnPath } from './nats/ways.mjs'

const APT_LIMIT_MS = 300_000

/** Path of strace for the tests that look for an fsync before each ack; undefined (and those tests fail) without one. */
export async function provisionStrace({ say = () => {}, env = process.env }) {
  const found = env.WEFT_STRACE ?? (await findOnPath('strace'))
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say('strace: installing it with apt-get')
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: APT_LIMIT_MS,
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    }
    try {
      execFileSync('apt-get', ['update', '-q'], options)
      execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'strace'], options)
    } catch (error) {
      say(`strace: ${error.message}`)
    }
    const installed = await findOnPath('strace')
    if (installed) return installed
  }
  say('strace: not found; tests that need it will fail. Install it, or give its path in WEFT_STRACE')
  return undefined
}
