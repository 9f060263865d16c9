import { setTimeout as pause } from 'node:timers/promises'
import { grown, type Metrics, readMetrics, total } from '../support/metrics.ts'
import type { Load } from './generator/load.ts'
import { coreBusySeconds, GENERATOR_CORE, SERVER_CORE } from './machine.ts'
import { usageOf } from './processes.ts'
import { type Figure, figure } from './row.ts'
import type { Server } from './server.ts'

const STORE_LIMIT_S = 120
const LOOK_MS = 50
const BOTTLENECK_SHARE = 0.9
/** Beyond this share of a core, somebody else's work shows in the figures. */
const NOISE_SHARE = 0.1

type Reading = {
  readonly at: number
  readonly serverCpu: number
  readonly generatorCpu: number
  readonly serverCore: number
  readonly generatorCore: number
}

/** What was used between two moments. */
export type Used = {
  readonly seconds: number
  /** Of one core. */
  readonly serverShare: number
  readonly generatorShare: number
  /** Of the server's core and the generator's, by anything else on this machine. */
  readonly othersShare: readonly [number, number]
  readonly serverCpuSeconds: number
}

/** Starts to watch the processor; what it returns tells what was used since. */
export function watchCpu(server: Pick<Server, 'pids'>): () => Used {
  const read = (): Reading => {
    const { user, system } = process.cpuUsage()
    return {
      at: performance.now(),
      serverCpu: usageOf(server.pids).cpuSeconds,
      generatorCpu: (user + system) / 1e6,
      serverCore: coreBusySeconds(SERVER_CORE),
      generatorCore: coreBusySeconds(GENERATOR_CORE),
    }
  }
  const from = read()
  return () => {
    const to = read()
    const seconds = (to.at - from.at) / 1000
    const serverCpuSeconds = to.serverCpu - from.serverCpu
    const generatorCpuSeconds = to.generatorCpu - from.generatorCpu
    const others = (core: number, ours: number) => Math.max(0, core - ours) / seconds
    return {
      seconds,
      serverShare: serverCpuSeconds / seconds,
      generatorShare: generatorCpuSeconds / seconds,
      othersShare: [
        others(to.serverCore - from.serverCore, serverCpuSeconds),
        others(to.generatorCore - from.generatorCore, generatorCpuSeconds),
      ],
      serverCpuSeconds,
    }
  }
}

/** Load under way between two moments, and what the fabric spent on it. */
export type Measurement = {
  readonly used: Used
  readonly acked: number
  readonly delivered: number
  readonly completed: number
  readonly refused: number
  readonly sent: number
  readonly before: Metrics
  readonly after: Metrics
  /** From when all was delivered until the store had it too (s): what is not near 0 can't go on for ever. */
  readonly storeBehindSeconds: number
}

/** Warms up, measures, stops the load and waits until everything is answered and delivered. */
export async function measure(
  server: Pick<Server, 'pids' | 'ops'>,
  load: Load,
  { warmupSeconds, seconds }: { readonly warmupSeconds: number; readonly seconds: number },
): Promise<Measurement> {
  const { ledger } = load
  load.start()
  await pause(warmupSeconds * 1000)
  const before = await readMetrics(server.ops)
  const at = { ...counts(ledger) }
  const stopCpu = watchCpu(server)
  load.begin()
  await pause(seconds * 1000)
  load.end()
  const used = stopCpu()
  const now = counts(ledger)
  load.stop()
  const after = await readMetrics(server.ops)
  await load.settled()
  const storeBehindSeconds = await untilStored(server.ops)
  return {
    used,
    acked: now.acked - at.acked,
    delivered: now.delivered - at.delivered,
    completed: now.completed - at.completed,
    refused: now.refused - at.refused,
    sent: now.sent - at.sent,
    before,
    after,
    storeBehindSeconds,
  }
}

async function untilStored(ops: readonly string[]): Promise<number> {
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  while (seconds() < STORE_LIMIT_S && total(await readMetrics(ops), 'weft_projection_lag_packs') > 0)
    await pause(LOOK_MS)
  return seconds()
}

const counts = ({ acked, delivered, completed, refused, sent }: Load['ledger']) => ({
  acked,
  delivered,
  completed,
  refused,
  sent,
})

/** Who was busy, what a message cost, and how the packs went: the same figures in every row. */
export function costs({
  used,
  acked,
  before,
  after,
  storeBehindSeconds,
}: Measurement): Record<string, Figure> {
  const grew = (name: string, labels: Record<string, string> = {}) => grown(before, after, name, labels)
  const figures: Record<string, Figure> = {
    'server CPU a message': figure((used.serverCpuSeconds / acked) * 1e6, 'µs'),
    ...shares(used),
  }
  for (const kind of ['log', 'sync']) {
    const commits = grew('weft_commits_total', { kind, outcome: 'committed' })
    const records = grew('weft_pack_records_sum', { kind })
    figures[`${kind} commits`] = figure(commits / used.seconds, '/s')
    figures[`${kind} commit`] = figure(
      (grew('weft_commit_seconds_sum', { kind }) / Math.max(1, grew('weft_commit_seconds_count', { kind }))) *
        1000,
      'ms',
    )
    figures[`${kind} records a commit`] = figure(commits === 0 ? 0 : records / commits, '')
  }
  // Each commit is one stored message of its stream, and one fsync.
  const commits = grew('weft_commits_total', { outcome: 'committed' })
  figures['commits a message'] = figure(commits / acked, '')
  figures['store behind by'] = figure(storeBehindSeconds, 's')
  return figures
}

export const shares = (used: Used): Record<string, Figure> => ({
  'server CPU': figure(used.serverShare * 100, '%'),
  'generator CPU': figure(used.generatorShare * 100, '%'),
})

/** What has to be said beside the figures of a measurement. */
export function remarks({ serverShare, generatorShare, othersShare }: Used): string[] {
  const notes: string[] = []
  if (generatorShare > BOTTLENECK_SHARE && serverShare < BOTTLENECK_SHARE)
    notes.push('the generator was the bottleneck')
  const [onServer, onGenerator] = othersShare
  if (onServer > NOISE_SHARE || onGenerator > NOISE_SHARE)
    notes.push(
      `others used ${percent(onServer)} of the server’s core and ${percent(onGenerator)} of the generator’s`,
    )
  return notes
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
