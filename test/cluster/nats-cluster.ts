import { join } from 'node:path'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { Ground } from './ground.ts'
import { type NatsCredentials, type NatsNode, writeNodeConfig } from './nats-node.ts'
import { untilWhole } from './probe.ts'
import { missingOf } from './replicas.ts'
import { Supervised } from './supervised.ts'

export type NatsServerOf = {
  readonly node: NatsNode
  readonly process: Supervised
  /** Whether its data stand on a small file system of their own. */
  readonly hasVolume: boolean
}

export type NatsCluster = {
  readonly servers: readonly NatsServerOf[]
  readonly credentials: NatsCredentials
  /** Null once every stream's replicas are there and current, else what is missing. */
  readonly missing: () => Promise<string | null>
  /** A connection of the test's own, past all proxies; to be closed by who asked. */
  readonly connect: () => Promise<NatsConnection>
}

const NODES = [1, 2, 3]
const CLIENT_PORT = 4_222
const ROUTE_PORT = 6_222
const MONITOR_PORT = 8_222
const START_LIMIT_MS = 30_000

/** Starts three nats-servers that are one cluster; resolves once it has a leader. */
export async function startNatsCluster(
  { network, folder, reaper, mountVolume }: Ground,
  binary: string,
  credentials: NatsCredentials,
): Promise<NatsCluster> {
  const nodes: (NatsNode & { readonly monitorPort: number })[] = []
  for (const index of NODES) {
    const name = `nats-${index}`
    const place = await network.place(name)
    const monitorPort = await place.port(MONITOR_PORT)
    nodes.push({
      name,
      place,
      clientPort: await place.port(CLIENT_PORT),
      routePort: await place.port(ROUTE_PORT),
      monitorPort,
      monitorUrl: `http://${place.host}:${monitorPort}`,
      folder: join(folder, name),
      configPath: join(folder, name, 'nats-server.conf'),
    })
  }
  const last = nodes.at(-1)
  const withVolume = last !== undefined && mountVolume(last.folder) ? last : undefined
  const servers: NatsServerOf[] = []
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node)
    const ways = others.map((other) => network.way(node.place, other.place, other.routePort))
    writeNodeConfig({
      ...credentials,
      node,
      monitorPort: node.monitorPort,
      routes: await Promise.all(ways),
      gossip: network.shaping !== 'proxy',
    })
    const [command, ...args] = node.place.wrap(binary, ['-c', node.configPath])
    const logPath = join(folder, 'logs', `${node.name}.log`)
    const missing = () => unhealthy(node)
    const server = new Supervised({
      name: node.name,
      command,
      args,
      env: process.env,
      logPath,
      reaper,
      missing,
    })
    servers.push({ node, process: server, hasVolume: node === withVolume })
  }
  for (const { process } of servers) process.start()
  const answering = async () => {
    const all = await Promise.all(servers.map(({ process }) => process.missing()))
    return all.find((why) => why !== null) ?? null
  }
  await untilWhole(async () => (await answering()) ?? missingOf(nodes, 0), START_LIMIT_MS)
  return {
    servers,
    credentials,
    missing: () => missingOf(nodes, NODES.length),
    connect: () =>
      connect({
        ...credentials,
        servers: nodes.map(({ place, clientPort }) => `${place.host}:${clientPort}`),
        ignoreClusterUpdates: true,
      }),
  }
}

async function unhealthy({ monitorUrl }: NatsNode): Promise<string | null> {
  try {
    const answer = await fetch(`${monitorUrl}/healthz`, { signal: AbortSignal.timeout(1_000) })
    return answer.ok ? null : (await answer.text()).trim()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
