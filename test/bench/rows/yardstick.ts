import { setTimeout as pause } from 'node:timers/promises'
import type { Address } from '../generator/connection.ts'
import { inParallel } from '../generator/in-parallel.ts'
import { RawClient } from '../generator/raw-load.ts'
import { remarks, shares, watchCpu } from '../measure.ts'
import { type Bench, type Figure, figure, type Row } from '../row.ts'
import { type PinnedChild, startPinned } from '../server.ts'
import * as groups from './group.ts'
import { CONNECTIONS, settledRss } from './memory.ts'
import { IN_FLIGHT, PAIRS } from './one-to-one.ts'

const CONNECTING_AT_ONCE = 256
const BYTES_A_KIB = 1024

/** The bare library on the same core, with frames of the same size: what is left for a fabric to spend. */
export const yardstick: Row = {
  name: 'yardstick',
  title: 'raw uWebSockets.js: echo, publish, idle memory',
  run: async (bench) => {
    const server = await startYardstick(bench)
    const echo = await throughput(bench, server, {
      clients: PAIRS,
      senders: () => true,
      path: () => '/echo',
      depth: IN_FLIGHT,
    })
    const published = await throughput(bench, server, {
      clients: groups.GROUPS * groups.MEMBERS,
      senders: (index) => index % groups.MEMBERS < groups.SENDERS_A_GROUP,
      path: (index) => `/group/${Math.floor(index / groups.MEMBERS)}`,
      depth: groups.IN_FLIGHT,
    })
    const idle = await idleMemory(bench, await startYardstick(bench))
    return {
      figures: {
        ...prefixed('echo: ', echo.figures),
        ...prefixed('publish: ', published.figures),
        'memory a connection': idle,
      },
      notes: [
        ...echo.notes.map((note) => `echo: ${note}`),
        ...published.notes.map((note) => `publish: ${note}`),
      ],
      faults: [],
    }
  },
}

type Yardstick = Pick<PinnedChild, 'pid'> & { readonly address: Address }

export async function startYardstick(bench: Bench): Promise<Yardstick> {
  const child = await startPinned({
    command: [process.execPath, '--disable-warning=ExperimentalWarning', 'test/bench/yardstick-server.ts'],
    env: {},
    ready: /^ready (\d+)$/,
  })
  bench.atEnd(() => child.stop())
  return { pid: child.pid, address: { host: '127.0.0.1', port: Number(child.match[1]) } }
}

type Shape = {
  readonly clients: number
  readonly senders: (index: number) => boolean
  readonly path: (index: number) => string
  readonly depth: number
}

export async function throughput(
  bench: Bench,
  { pid, address }: Yardstick,
  shape: Shape,
): Promise<{ readonly figures: Record<string, Figure>; readonly notes: readonly string[] }> {
  const indices = Array.from({ length: shape.clients }, (_, index) => index)
  const clients = await inParallel(indices, CONNECTING_AT_ONCE, (index) =>
    RawClient.open(address, shape.path(index), index, shape.senders(index) ? shape.depth : 0),
  )
  for (const client of clients) client.start()
  await pause(bench.warmupSeconds * 1000)
  const before = sums(clients)
  const stopCpu = watchCpu({ pids: [pid] })
  await pause(bench.seconds * 1000)
  const used = stopCpu()
  const after = sums(clients)
  for (const client of clients) client.cut()
  const returned = after.returned - before.returned
  return {
    figures: {
      messages: figure(returned / used.seconds, '/s'),
      deliveries: figure((after.received - before.received) / used.seconds, '/s'),
      'server CPU a message': figure((used.serverCpuSeconds / returned) * 1e6, 'µs'),
      ...shares(used),
    },
    notes: remarks(used),
  }
}

const sums = (clients: readonly RawClient[]) => ({
  received: clients.reduce((sum, client) => sum + client.received, 0),
  returned: clients.reduce((sum, client) => sum + client.returned, 0),
})

async function idleMemory(bench: Bench, { pid, address }: Yardstick): Promise<Figure> {
  const before = await settledRss(pid)
  const count = Math.ceil(CONNECTIONS * bench.scale)
  const indices = Array.from({ length: count }, (_, index) => index)
  const clients = await inParallel(indices, CONNECTING_AT_ONCE, (index) =>
    RawClient.open(address, '/echo', index, 0),
  )
  const bytes = ((await settledRss(pid)) - before) / count
  for (const client of clients) client.cut()
  return figure(bytes / BYTES_A_KIB, 'KiB')
}

const prefixed = (prefix: string, figures: Record<string, Figure>): Record<string, Figure> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]))
