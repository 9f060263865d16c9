import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWeft, temporaryFolder } from '../support/weft.ts'
import { type Command, parseCommand } from './cli.ts'
import type { Report } from './k6/report.ts'
import { type LoadRun, runLoad } from './run.ts'
import { isScenario, SCENARIOS } from './scenario-list.ts'
import { startTamperingProxy } from './tampering-proxy.ts'

const SECRET = 'a secret of the load test, long enough for HS256'
const GIVEN_UP = 99

let weft: Awaited<ReturnType<typeof startWeft>>
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  folder = await temporaryFolder('load-test')
  weft = await startWeft(join(folder.path, 'data'), { WEFT_TOKEN_SECRET: SECRET })
})
afterAll(async () => {
  await weft?.stop()
  await folder.remove()
})

/** A few users for a few seconds, on a machine that does other things too: the promises count, not the times. */
const SMALL = [
  ...['--users', '10', '--users-per-vu', '2', '--seconds', '2', '--ramp', '0.5', '--rate', '60'],
  ...['--group-size', '5', '--history', '45', '--page', '20', '--away', '1', '--ping-every', '1'],
  ...['--reconnect-every', '1', '--refused-share', '0', '--ack-p99', '0', '--delivery-p99', '0'],
  ...['--connect-p99', '0', '--catch-up-max', '0', '--history-p99', '0'],
]

function command(scenario: string, ...more: readonly string[]): Command {
  const parsed = parseCommand(
    [scenario, ...SMALL, '--out', join(folder.path, `out-${scenario}`), ...more],
    {},
  )
  if (parsed === null) throw new Error('help was asked for')
  return parsed
}

async function load(
  asked: Command,
  { edge = weft.url, secret = SECRET }: { edge?: string; secret?: string } = {},
): Promise<{ ran: LoadRun; report: Report; count: (metric: string) => number }> {
  const said: string[] = []
  const ran = await runLoad(asked, { edges: [edge], secret }, { say: (line) => said.push(line), quiet: true })
  const text = await readFile(join(ran.folder, 'summary.json'), 'utf8').catch(() => {
    throw new Error(`no summary:\n${said.join('\n')}\n${ran.output}`)
  })
  const report: Report = JSON.parse(text)
  const count = (metric: string) => report.counts.find((figure) => figure.metric === metric)?.count ?? 0
  return { ran, report, count }
}

/** The promises, and that everyone came to the end. */
const KEPT = { load_gaps: 0, load_doubles: 0, load_lost: 0, load_unanswered: 0, load_users_done: 10 }

const kept = (count: (metric: string) => number) =>
  Object.fromEntries(Object.keys(KEPT).map((metric) => [metric, count(metric)]))

test.each(Object.keys(SCENARIOS))('%s: things flow, and every promise is kept', async (name) => {
  if (!isScenario(name)) throw new Error(name)
  const { ran, report, count } = await load(command(name))
  expect(kept(count)).toEqual(KEPT)
  expect(SCENARIOS[name].flows.filter((metric) => count(metric) === 0)).toEqual([])
  expect(count('load_acked')).toBe(count('load_sent'))
  // A sender's own come back to it, so whatever is more came to others; what is still on its way at the end isn't owed.
  if (SCENARIOS[name].needs.some((need) => need === 'direct'))
    expect(count('load_received')).toBeGreaterThan(count('load_acked'))
  expect(ran.code).toBe(0)
  expect(report.passed).toBe(true)
  const page = await readFile(join(ran.folder, 'summary.html'), 'utf8')
  expect(page).toContain('passed')
  expect(page).not.toMatch(/<script|src=|href=/)
  expect(page + JSON.stringify(report)).not.toContain(SECRET)
})

test('without the secret, real accounts are made', async () => {
  const { ran, count } = await load(command('one-to-one', '--users', '4', '--seconds', '1'), { secret: '' })
  expect(count('load_users_done')).toBe(4)
  expect(count('load_acked')).toBeGreaterThan(0)
  expect(ran.code).toBe(0)
})

test.each([
  ['drop', 'load_gaps'],
  ['double', 'load_doubles'],
] as const)('an edge that would %s an event is found out', async (tamper, metric) => {
  const proxy = await startTamperingProxy(weft.url, tamper)
  try {
    const { ran, report, count } = await load(command('one-to-one', '--seconds', '1', '--drain', '1'), {
      edge: proxy.url,
    })
    expect(proxy.done()).toBe(true)
    expect(count(metric)).toBe(1)
    expect(ran.code).toBe(GIVEN_UP)
    expect(report.passed).toBe(false)
    expect(report.thresholds).toContainEqual({ metric, expression: 'count==0', found: '1', ok: false })
  } finally {
    await proxy.stop()
  }
})
