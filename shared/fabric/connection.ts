import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { NatsConnectionImpl, setTransportFactory } from '@nats-io/nats-core/internal'
import { AuthorizationError, type NatsConnection } from '@nats-io/transport-node'
import { nodeResolveHost } from '@nats-io/transport-node/lib/node_transport.js'
import type { Log } from '../log/log.ts'
import { gauge } from '../metrics/metrics.ts'
import { StartRefused } from '../start-refused.ts'
import { FabricTransport } from './nats-transport.ts'
import { Post } from './post.ts'
import { Requests } from './requests.ts'

/** One connection to the fabric and what is used on it. */
export type Fabric = {
  readonly nc: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  readonly kvm: Kvm
  readonly post: Post
  readonly requests: Requests
  readonly region: string
  /** False while NATS is out of reach. */
  readonly connected: () => boolean
  readonly close: () => Promise<void>
}

export type FabricConfig = {
  readonly servers: readonly string[]
  readonly region: string
  readonly user: string | undefined
  readonly pass: string | undefined
}

/** Reconnection back-off: doubles from the first to the last (ms), with full jitter, for ever. */
const RECONNECT_FIRST_MS = 50
const RECONNECT_LAST_MS = 1_000
const PING_INTERVAL_MS = 5_000
const JETSTREAM_TIMEOUT_MS = 5_000

const connectedGauge = gauge('weft_nats_connected', '1 while the connection to NATS stands', ['service'])

/**
 * Connects, and from then on reconnects for ever.
 * @throws StartRefused if NATS can't be reached at start: a wrong address should be seen, not waited for.
 */
export async function connectFabric(config: FabricConfig, name: string, log: Log): Promise<Fabric> {
  let attempt = 0
  let connected = true
  setTransportFactory({ factory: () => new FabricTransport(), dnsResolveFn: nodeResolveHost })
  const nc = await NatsConnectionImpl.connect({
    servers: [...config.servers],
    name,
    ...(config.user === undefined ? {} : { user: config.user }),
    ...(config.pass === undefined ? {} : { pass: config.pass }),
    maxReconnectAttempts: -1,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    // Else every request makes an error in advance, for its stack.
    noAsyncTraces: true,
    reconnectDelayHandler: () =>
      Math.random() * Math.min(RECONNECT_LAST_MS, RECONNECT_FIRST_MS * 2 ** attempt++),
  }).catch((error: unknown) => {
    throw refusal(config.servers, error)
  })
  connectedGauge.set({ service: name }, 1)

  const watchStatus = async () => {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect') {
        connected = false
        connectedGauge.set({ service: name }, 0)
        log.warn({ server: status.server }, 'lost the connection to NATS; trying again until it is back')
      } else if (status.type === 'reconnect') {
        connected = true
        attempt = 0
        connectedGauge.set({ service: name }, 1)
        log.info({ server: status.server }, 'connected to NATS again')
      } else if (status.type === 'error') {
        log.warn({ error: String(status.error) }, 'NATS reported an error on this connection')
      }
    }
  }
  watchStatus().catch((error: unknown) =>
    log.error({ err: error }, 'the status of the NATS connection ended'),
  )

  const js = jetstream(nc, { timeout: JETSTREAM_TIMEOUT_MS })
  const jsm = await jetstreamManager(nc, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false })
  return {
    nc,
    js,
    jsm,
    kvm: new Kvm(js),
    post: new Post(nc),
    requests: new Requests(nc),
    region: config.region,
    connected: () => connected,
    close: () => nc.close(),
  }
}

function refusal(servers: readonly string[], error: unknown): StartRefused {
  const where = `NATS at ${servers.map(withoutSecrets).join(', ')}`
  if (error instanceof AuthorizationError) {
    const text = `${where} does not let this service in: check WEFT_NATS_USER and WEFT_NATS_PASS`
    return new StartRefused(text, { exitCode: 2, cause: error })
  }
  const why = error instanceof Error ? error.message : String(error)
  const cure = 'start it, or set WEFT_NATS_URL to where it is'
  return new StartRefused(`${where} can't be reached (${why}): ${cure}`, { cause: error })
}

const withoutSecrets = (server: string) => server.replace(/\/\/[^@/]*@/, '//')
