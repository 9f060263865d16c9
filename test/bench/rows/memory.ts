import { setTimeout as pause } from 'node:timers/promises'
import { readMetrics, total } from '../../support/metrics.ts'
import { arrive, type Target, userName } from '../generator/fleet.ts'
import { rssOf } from '../processes.ts'
import { type Bench, type Figure, figure, type Row } from '../row.ts'
import { startServices } from '../services.ts'

export const CONNECTIONS = 10_000
/** Whose coming loads and compiles the code that all later ones use. */
const FIRST_CONNECTIONS = 100
const KIB = 1024
const LOOK_MS = 500
/** Memory has settled when it hasn't moved by more than this share over so many looks. */
const STILL_SHARE = 0.005
const STILL_LOOKS = 4
const SETTLE_LIMIT_MS = 30_000

/** What an idle connection costs: an edge of its own, and everything in one process. */
export const memory: Row = {
  name: 'memory',
  title: `${CONNECTIONS.toLocaleString('en')} idle connections`,
  run: async (bench) => {
    const services = await startServices(bench)
    const edge = services.pidOf('edge')
    const opsOfEdge = services.ops.slice(-1)
    const apart = await growth(bench, services.target, edge, opsOfEdge)
    const whole = await bench.fabric()
    const [pid = 0] = whole.pids
    const embedded = await growth(bench, whole.target, pid, whole.ops)
    return {
      figures: {
        'edge RSS a connection': apart.rss,
        'edge heap a connection': apart.heap,
        'edge external a connection': apart.external,
        'edge RSS before': apart.before,
        'edge RSS with all': apart.after,
        'npm start RSS a connection': embedded.rss,
        'npm start heap a connection': embedded.heap,
        'npm start RSS with all': embedded.after,
        'time to connect': apart.time,
      },
      notes: [],
      faults: [],
    }
  },
}

async function growth(
  bench: Bench,
  target: Target,
  pid: number,
  ops: readonly string[],
): Promise<Record<'rss' | 'heap' | 'external' | 'before' | 'after' | 'time', Figure>> {
  const count = Math.ceil(CONNECTIONS * bench.scale)
  const users = Array.from({ length: count }, (_, i) => ({ user: userName(i) }))
  const clients = await arrive(bench, target, users.slice(0, FIRST_CONNECTIONS))
  const before = await settledRss(pid)
  const metricsBefore = await readMetrics(ops)
  const rest = users.slice(FIRST_CONNECTIONS)
  let began = 0
  const onStart = () => {
    began = performance.now()
  }
  clients.push(...(await arrive(bench, target, rest, { onStart })))
  const time = performance.now() - began
  const after = await settledRss(pid)
  const metricsAfter = await readMetrics(ops)
  // This process may have no more sockets at once.
  for (const client of clients) client.cut()
  const each = (bytes: number) => figure(bytes / rest.length / KIB, 'KiB')
  const grew = (name: string) => each(total(metricsAfter, name) - total(metricsBefore, name))
  return {
    rss: each(after - before),
    heap: grew('weft_nodejs_heap_size_used_bytes'),
    external: grew('weft_nodejs_external_memory_bytes'),
    before: figure(before / KIB / KIB, 'MiB'),
    after: figure(after / KIB / KIB, 'MiB'),
    time: figure(time / 1000, 's'),
  }
}

/** Resident memory once it moves no more. */
export async function settledRss(pid: number): Promise<number> {
  const end = performance.now() + SETTLE_LIMIT_MS
  let last = rssOf(pid)
  for (let still = 0; still < STILL_LOOKS && performance.now() < end; ) {
    await pause(LOOK_MS)
    const now = rssOf(pid)
    still = Math.abs(now - last) <= last * STILL_SHARE ? still + 1 : 0
    last = now
  }
  return last
}
