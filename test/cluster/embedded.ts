import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_FLAGS } from '../../scripts/node-flags.mjs'
import { natsBinary } from '../support/nats.ts'
import { embeddedFaults } from './faults/embedded-faults.ts'
import { type Ground, makeGround } from './ground.ts'
import type { Place } from './network/network.ts'
import { Probe, untilWhole } from './probe.ts'
import { notReady, Supervised } from './supervised.ts'
import type { Target, TargetOptions } from './target.ts'

export type Embedded = Target & {
  /** The group of Weft and its nats-server. */
  readonly process: Supervised
  readonly place: Place
  readonly ground: Ground
  readonly dataDir: string
  /** Whether its data stand on a small file system of their own. */
  readonly hasVolume: boolean
  readonly diskReserveBytes: number
  /** Of the nats-server that Weft runs; undefined while there is none. */
  readonly natsPid: () => number | undefined
}

const OPS_PORT = 9_100
const EDGE_PORT = 8_080
const START_LIMIT_MS = 60_000
/** Small, as its disk is. */
const DISK_RESERVE_BYTES = 64 * 1024 ** 2

/** `npm start`'s program and the nats-server that it runs, as one process group. Resolves once it is whole. */
export async function startEmbedded(options: TargetOptions = {}): Promise<Embedded> {
  const ground = await makeGround('embedded', options)
  const { network, folder, reaper, secret } = ground
  const place = await network.place('weft')
  const opsPort = await place.port(OPS_PORT)
  const ops = `http://${place.host}:${opsPort}`
  const port = await place.port(EDGE_PORT)
  const at = await network.way(network.outside, place, port)
  const edges = [{ name: 'weft', url: `http://${at}`, ws: `ws://${at}/v1/ws` }]
  const dataDir = join(folder, 'data')
  const hasVolume = ground.mountVolume(dataDir)
  const env = {
    ...process.env,
    WEFT_LIMITS: 'off',
    WEFT_TOKEN_SECRET: secret,
    WEFT_NATS_SERVER: natsBinary(),
    WEFT_DISK_RESERVE_BYTES: String(DISK_RESERVE_BYTES),
    ...options.env,
    WEFT_DATA: dataDir,
    WEFT_HOST: place.host,
    WEFT_PORT: String(port),
    WEFT_OPS_HOST: place.host,
    WEFT_OPS_PORT: String(opsPort),
  }
  const [command, ...args] = place.wrap(process.execPath, [...NODE_FLAGS, 'services/all/main.ts'])
  const weft = new Supervised({
    name: 'weft',
    command,
    args,
    env,
    logPath: join(folder, 'logs', 'weft.log'),
    reaper,
    missing: () => notReady(ops),
  })
  const probe = new Probe(secret, edges, Number(options.env?.['WEFT_LOG_PARTITIONS'] ?? 1))
  const missing = async () => (await weft.missing()) ?? probe.missing()
  const stop = async () => {
    await weft.stop()
    await ground.clear()
  }
  try {
    weft.start()
    await untilWhole(missing, START_LIMIT_MS)
  } catch (error) {
    await stop()
    throw error
  }
  const embedded = {
    shape: 'embedded' as const,
    secret,
    edges,
    ops: [ops],
    process: weft,
    place,
    ground,
    dataDir,
    hasVolume,
    diskReserveBytes: DISK_RESERVE_BYTES,
    natsPid: () => pidIn(join(dataDir, 'nats', 'nats-server.pid')),
    whole: (limitMs: number) => untilWhole(missing, limitMs),
    stop,
  }
  return { ...embedded, faults: embeddedFaults(embedded) }
}

function pidIn(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
