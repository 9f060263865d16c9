import { installWithApt } from './apt.mjs'
import { findOnPath } from './nats/ways.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of a Chromium for the page's tests: found, else installed where that can be done unasked. */
export async function provisionChromium({ say = () => {}, env = process.env }) {
  if (env.WEFT_CHROMIUM) return env.WEFT_CHROMIUM
  const found = await find()
  if (found) return found
  installWithApt('chromium', { say, env })
  const installed = await find()
  if (installed) return installed
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
