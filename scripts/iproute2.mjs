import { installWithApt } from './apt.mjs'
import { findOnPath } from './nats/ways.mjs'

/** `ip` and `tc`, with which root partitions a cluster's network for the tests; they use proxies where it isn't. */
export async function provisionIproute2({ say = () => {}, env = process.env } = {}) {
  if (process.platform !== 'linux' || (await findOnPath('ip'))) return
  installWithApt('iproute2', { say, env })
}
