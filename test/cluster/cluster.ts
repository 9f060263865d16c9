import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { NODE_FLAGS } from '../../scripts/node-flags.mjs'
import { streams as packStreamNames } from '../../shared/fabric/registry.ts'
import { partitionRefs } from '../../shared/fabric/setup.ts'
import { natsBinary } from '../support/nats.ts'
import { clusterFaults } from './faults/cluster-faults.ts'
import { type Ground, makeGround } from './ground.ts'
import type { NatsCluster } from './nats-cluster.ts'
import { startNatsCluster } from './nats-cluster.ts'
import type { Place } from './network/network.ts'
import { Probe, untilWhole } from './probe.ts'
import { notReady, Supervised } from './supervised.ts'
import type { Target, TargetEdge, TargetOptions } from './target.ts'

/** A service as a process of its own. */
export type Worker = {
  readonly service: 'edge' | 'chat' | 'sync' | 'presence' | 'storage'
  readonly process: Supervised
  readonly place: Place
  /** Of the operators' port. */
  readonly ops: string
}

export type Cluster = Target & {
  readonly nats: NatsCluster
  readonly workers: readonly Worker[]
  readonly ground: Ground
  /** The pack streams. */
  readonly streams: readonly string[]
}

const REGION = 'local'
const PARTITIONS = 2
const EACH = [1, 2]
const OPS_PORT = 9_100
const EDGE_PORT = 8_080
const START_LIMIT_MS = 120_000
/** Short, since two edges are all there is to go to. */
const DRAIN_MS = '1000'

/**
 * Three nats-servers with every stream on all of them, and two each of edge, chat, sync, presence and storage, each a process.
 * The storage workers share one SQLite file: whoever holds the lease of a projection writes. Resolves once it is whole.
 */
export async function startCluster(options: TargetOptions = {}): Promise<Cluster> {
  const ground = await makeGround('cluster', options)
  const { network, folder, reaper, secret } = ground
  const processes: Supervised[] = []
  const nats = await startNatsCluster(ground, natsBinary(), {
    user: 'weft',
    pass: randomBytes(24).toString('hex'),
  })
  processes.push(...nats.servers.map(({ process }) => process))
  const env = {
    WEFT_LIMITS: 'off',
    WEFT_LOG_PARTITIONS: String(PARTITIONS),
    WEFT_SYNC_PARTITIONS: String(PARTITIONS),
    WEFT_DRAIN_MS: DRAIN_MS,
    WEFT_TOKEN_SECRET: secret,
    WEFT_DATA: join(folder, 'store'),
    WEFT_REPLICA_CHECK_MS: '1000',
    ...options.env,
    WEFT_NATS_MONITOR_URL: nats.servers.map(({ node }) => node.monitorUrl).join(','),
    WEFT_REGION: REGION,
    WEFT_REPLICAS: '3',
    WEFT_NATS_USER: nats.credentials.user,
    WEFT_NATS_PASS: nats.credentials.pass,
  }

  const edges: TargetEdge[] = []
  const makeWorker = async (service: Worker['service'], index: number): Promise<Worker> => {
    const name = `${service}-${index}`
    const place = await network.place(name)
    const opsPort = await place.port(OPS_PORT)
    const ways = nats.servers.map(({ node }) => network.way(place, node.place, node.clientPort))
    const urls = (await Promise.all(ways)).map((at) => `nats://${at}`)
    const own: Record<string, string> = {
      ...env,
      WEFT_NATS_URL: urls.join(','),
      WEFT_OPS_HOST: place.host,
      WEFT_OPS_PORT: String(opsPort),
    }
    if (service === 'edge') {
      const port = await place.port(EDGE_PORT)
      const at = await network.way(network.outside, place, port)
      edges.push({ name, url: `http://${at}`, ws: `ws://${at}/v1/ws` })
      Object.assign(own, { WEFT_HOST: place.host, WEFT_PORT: String(port) })
    }
    const ops = `http://${place.host}:${opsPort}`
    const [command, ...args] = place.wrap(process.execPath, [...NODE_FLAGS, `services/${service}/main.ts`])
    const logPath = join(folder, 'logs', `${name}.log`)
    const missing = () => notReady(ops)
    const made = { name, command, args, env: { ...process.env, ...own }, logPath, reaper, missing }
    return { service, process: new Supervised(made), place, ops }
  }
  const workers: Worker[] = []
  for (const service of ['storage', 'chat', 'sync', 'presence', 'edge'] as const)
    for (const index of EACH) workers.push(await makeWorker(service, index))
  processes.push(...workers.map((worker) => worker.process))

  const partitions = Number(env.WEFT_LOG_PARTITIONS)
  const streams = (['log', 'sync'] as const).flatMap((kind) =>
    partitionRefs(
      REGION,
      kind,
      Number(kind === 'log' ? env.WEFT_LOG_PARTITIONS : env.WEFT_SYNC_PARTITIONS),
    ).map((ref) => packStreamNames.pack(ref)),
  )
  const probe = new Probe(secret, edges, partitions)
  const missing = async (): Promise<string | null> => {
    const all = await Promise.all(processes.map((process) => process.missing()))
    return all.find((why) => why !== null) ?? (await nats.missing()) ?? (await probe.missing())
  }
  const stop = async () => {
    // Owners hand over while NATS is there.
    await Promise.all(workers.map((worker) => worker.process.stop()))
    await Promise.all(nats.servers.map(({ process }) => process.stop()))
    await ground.clear()
  }
  try {
    // The first makes the fabric: in one that is being made, all would wait for leaders of what is not there yet.
    const [first, ...others] = workers
    first?.process.start()
    await untilWhole(async () => first?.process.missing() ?? null, START_LIMIT_MS)
    for (const worker of others) worker.process.start()
    await untilWhole(missing, START_LIMIT_MS)
  } catch (error) {
    await stop()
    throw error
  }
  const cluster = {
    shape: 'cluster' as const,
    secret,
    edges,
    ops: workers.map(({ ops }) => ops),
    nats,
    workers,
    ground,
    streams,
    whole: (limitMs: number) => untilWhole(missing, limitMs),
    stop,
  }
  return { ...cluster, faults: clusterFaults(cluster) }
}
