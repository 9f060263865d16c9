import { type Cluster, startCluster } from './cluster.ts'

/** `npm run cluster`: a cluster to play with. */
const cluster = await startCluster({
  network: 'plain',
  dataDir: process.env['WEFT_DATA'] ?? '.weft-cluster',
  env: { WEFT_LIMITS: process.env['WEFT_LIMITS'] ?? 'on' },
})
for (const line of describe(cluster)) process.stdout.write(`${line}\n`)
process.stdout.write(`cluster ready ${cluster.edges[0]?.url}\n`)

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    cluster.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`weft cluster: ${String(error)}\n`)
        process.exit(1)
      },
    )
  })

function describe({ nats, workers, edges, ground }: Cluster): string[] {
  return [
    `data in ${ground.folder}, logs in ${ground.folder}/logs`,
    ...nats.servers.map(
      ({ node, process }) => `${node.name}: monitor ${node.monitorUrl}, log ${process.logPath}`,
    ),
    ...workers.map(({ process, ops }) => `${process.name}: ops ${ops}, log ${process.logPath}`),
    ...edges.map(({ name, url }) => `${name}: ${url}`),
  ]
}
