import { installWithApt } from './apt.mjs'
import { findOnPath } from './nats/ways.mjs'

/** Path of strace for the tests that look for an fsync before each ack; undefined (and those tests fail) without one. */
export async function provisionStrace({ say = () => {}, env = process.env }) {
  const found = env.WEFT_STRACE ?? (await findOnPath('strace'))
  if (found) return found
  installWithApt('strace', { say, env })
  const installed = await findOnPath('strace')
  if (installed) return installed
  say('strace: not found; tests that need it will fail. Install it, or give its path in WEFT_STRACE')
  return undefined
}
