import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findOnPath } from './nats/ways.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const APT_LIMIT_MS = 600_000

/** Path of a Chromium for the page's tests: found, else installed where that can be done unasked. */
export async function provisionChromium({ say = () => {}, env = process.env }) {
  if (env.WEFT_CHROMIUM) return env.WEFT_CHROMIUM
  const found = await find()
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    say('chromium: installing it with apt-get')
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: APT_LIMIT_MS,
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    }
    try {
      execFileSync('apt-get', ['update', '-q'], options)
      execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], options)
    } catch (error) {
      say(`chromium: ${error.message}`)
    }
    const installed = await find()
    if (installed) return installed
  }
  throw new Error(
    `the page's tests need Chromium on PATH (one of ${NAMES.join(', ')}) or its path in WEFT_CHROMIUM`,
  )
}

async function find() {
  for (const name of NAMES) {
    const path = await findOnPath(name)
    if (path) return path
  }
  return undefined
}
