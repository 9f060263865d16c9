import { z } from 'zod'
import { type Cluster, startCluster } from '../../cluster/cluster.ts'
import type { Supervised } from '../../cluster/supervised.ts'
import { readMetrics, total } from '../../support/metrics.ts'
import { ClosedLoop } from '../generator/closed-loop.ts'
import type { Target } from '../generator/fleet.ts'
import type { LoadOptions } from '../generator/load.ts'
import { OpenLoop } from '../generator/open-loop.ts'
import { onServerCore } from '../machine.ts'
import { costs, measure, remarks } from '../measure.ts'
import { type Bench, type Figure, figure, type Row } from '../row.ts'
import type { Server } from '../server.ts'
import { IN_FLIGHT, PAIR_RECIPIENTS, PAIRS, pairs } from './one-to-one.ts'
import { untilAcked, untilDelivered } from './take-over.ts'

const TAKE_OVER_PAIRS = 20
const TAKE_OVER_RATE = 200
const WHOLE_LIMIT_MS = 60_000
const ANSWER_MS = 5_000
const ONE_PARTITION = { WEFT_LOG_PARTITIONS: '1', WEFT_SYNC_PARTITIONS: '1' }
const streamInfo = z.object({ cluster: z.object({ leader: z.string() }) })

/** Every message on three disks, all processes on one core. */
export const cluster: Row = {
  name: 'cluster',
  title: `1:1 on a cluster of three, ${PAIRS} pairs, ${IN_FLIGHT} in flight each`,
  run: async (bench) => {
    const running = await start(bench)
    const load = new ClosedLoop({ ...(await partiesOf(bench, running, PAIRS)), depth: IN_FLIGHT })
    const measured = await measure(serverOf(running), load, bench)
    return {
      figures: {
        'acked and delivered': figure(measured.completed / measured.used.seconds, '/s'),
        ...costs(measured),
      },
      notes: remarks(measured.used),
      faults: load.ledger.faults().first,
    }
  },
}

/** How long nothing is acked, or delivered, after each kill -9. */
export const clusterTakeOver: Row = {
  name: 'cluster-take-over',
  title: `kill -9 in a cluster of three, one partition, ${TAKE_OVER_RATE}/s meanwhile`,
  run: async (bench) => {
    const running = await start(bench, ONE_PARTITION)
    const load = new OpenLoop({ ...(await partiesOf(bench, running, TAKE_OVER_PAIRS)), rate: TAKE_OVER_RATE })
    load.start()
    const killed = async (until: typeof untilAcked, victim: Supervised): Promise<Figure> => {
      const gap = await until(bench, load, () => victim.hold())
      await onServerCore(async () => victim.release())
      await running.whole(WHOLE_LIMIT_MS)
      return gap
    }
    const figures = {
      'chat owner: first ack after': await killed(untilAcked, await ownerOf(running, 'chat')),
      'sync owner: first delivery after': await killed(untilDelivered, await ownerOf(running, 'sync')),
      'leader of LOG: first ack after': await killed(untilAcked, await leaderOf(running, 'LOG')),
      'leader of SYNC: first delivery after': await killed(untilDelivered, await leaderOf(running, 'SYNC')),
    }
    load.stop()
    await load.settled()
    const { refused, sent } = load.ledger
    return {
      figures,
      notes: [`${refused} of ${sent} sends were answered unavailable`],
      faults: load.ledger.faults().first,
    }
  },
}

async function start(bench: Bench, env: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const dataDir = await bench.folder()
  const running = await onServerCore(() => startCluster({ dataDir, network: 'plain', env }))
  bench.atEnd(() => running.stop())
  return running
}

/** Half of the pairs at each edge. */
async function partiesOf(bench: Bench, { edges, secret }: Cluster, count: number): Promise<LoadOptions> {
  const atEdges = edges.map(({ url }, i): Promise<Omit<LoadOptions, 'recipients'>> => {
    const { hostname: host, port } = new URL(url)
    const target: Target = { address: { host, port: Number(port) }, secret }
    const share = Math.ceil(count / edges.length)
    return pairs(bench, target, share, i * share * 2)
  })
  const parties = await Promise.all(atEdges)
  return {
    clients: parties.flatMap(({ clients }) => clients),
    senders: parties.flatMap(({ senders }) => senders),
    recipients: PAIR_RECIPIENTS,
  }
}

const serverOf = ({ nats, workers }: Cluster): Pick<Server, 'pids' | 'ops'> => ({
  pids: [...nats.servers, ...workers].flatMap(({ process }) => process.pid ?? []),
  ops: workers.map(({ ops }) => ops),
})

async function ownerOf({ workers }: Cluster, service: 'chat' | 'sync'): Promise<Supervised> {
  const kind = service === 'chat' ? 'log' : 'sync'
  for (const worker of workers.filter((candidate) => candidate.service === service))
    if (total(await readMetrics([worker.ops]), 'weft_partition_owned', { kind }) > 0) return worker.process
  throw new Error(`no ${service} worker owns the partition`)
}

async function leaderOf({ nats, streams }: Cluster, kind: 'LOG' | 'SYNC'): Promise<Supervised> {
  const stream = streams.find((name) => name.startsWith(kind))
  const connection = await nats.connect()
  try {
    const answer = await connection.request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: ANSWER_MS })
    const { leader } = streamInfo.parse(answer.json()).cluster
    const server = nats.servers.find(({ node }) => node.name === leader)
    if (server === undefined) throw new Error(`${stream} is led by ${leader}, whom nobody knows`)
    return server.process
  } finally {
    await connection.close()
  }
}
