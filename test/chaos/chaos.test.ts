import { expect, onTestFailed, test } from 'vitest'
import { violationOf } from '../checker/report.ts'
import { runChaos } from './run/run.ts'

/** Long enough for each run to be started, settled, read and judged. */
const LIMIT_MS = 240_000

/** The short form of `npm run chaos`: what is chosen is fixed, so that a failure can be played again. */
async function survives(
  shape: 'embedded' | 'cluster',
  seed: number,
  faults: readonly string[],
): Promise<void> {
  const told: string[] = []
  onTestFailed(() => console.error([`${shape}, seed ${seed}:`, ...told].join('\n')))
  const { report, faults: suffered } = await runChaos({
    seed,
    shape,
    faults,
    seconds: 25,
    operations: Number.POSITIVE_INFINITY,
    workload: 'mixed',
    clients: 30,
    rate: 300,
    say: (line) => told.push(line),
  })
  expect(report.violations.map(violationOf)).toEqual([])
  expect(report.counts.acks).toBeGreaterThan(100)
  expect(report.counts.told, 'the SDK told its apps').toBeGreaterThan(100)
  expect(report.counts.events, 'raw clients were told').toBeGreaterThan(100)
  expect([...suffered.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
}

test(
  'the embedded server, kill -9 of it and of its nats-server: every promise is kept',
  { timeout: LIMIT_MS },
  () => survives('embedded', 4, ['kill-nats', 'kill-weft', 'kill-all', 'pause-nats']),
)

test(
  'a cluster, processes killed and frozen and leaders stepping down: every promise is kept',
  {
    timeout: LIMIT_MS,
  },
  () =>
    survives('cluster', 4, ['kill-nats', 'kill-edge', 'kill-chat', 'kill-sync', 'pause-chat', 'step-down']),
)
