/** One metric as k6 hands it over at the end. */
export type Metric = {
  readonly type: string
  readonly values: Readonly<Record<string, number>>
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
}

export type Figure = {
  readonly metric: string
  readonly what: string
  readonly count: number
  /** Over the length of the load. */
  readonly per_second: number
}
export type Latency = {
  readonly metric: string
  readonly what: string
  readonly count: number
  /** ms, as are those that follow. */
  readonly min: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}
type Threshold = {
  readonly metric: string
  readonly expression: string
  readonly found: string
  readonly ok: boolean
}

/** What a run was and what it showed; `summary.json` is this. */
export type Report = {
  readonly scenario: string
  /** All thresholds were kept. */
  readonly passed: boolean
  readonly at: string
  readonly edges: readonly string[]
  readonly users: number
  readonly seconds: number
  readonly lasted_ms: number
  readonly counts: readonly Figure[]
  readonly latencies: readonly Latency[]
  readonly refused: Readonly<Record<string, number>>
  readonly disconnects: Readonly<Record<string, number>>
  readonly thresholds: readonly Threshold[]
  readonly options: Readonly<Record<string, string>>
  /** As k6 measured them, its own among them. */
  readonly metrics: Readonly<Record<string, Metric>>
}

type Given = Pick<Report, 'scenario' | 'at' | 'edges' | 'users' | 'seconds' | 'options' | 'metrics'> & {
  readonly lastedMs: number
}

const COUNTS: readonly (readonly [metric: string, what: string])[] = [
  ['load_sent', 'sends'],
  ['load_acked', 'acked'],
  ['load_received', 'messages received'],
  ['load_events', 'events received'],
  ['load_history_pages', 'history pages'],
  ['load_history_messages', 'history messages'],
  ['load_pongs', 'pings answered'],
  ['load_gaps', 'gaps'],
  ['load_doubles', 'doubles'],
  ['load_lost', 'acked, but never came back'],
  ['load_unanswered', 'sends without an answer'],
  ['load_resets', 'resets'],
  ['load_refused', 'refused'],
  ['load_disconnects', 'connections lost'],
  ['load_connect_failures', 'connections that failed'],
  ['load_reconnects', 'reconnects'],
  ['load_caught_up', 'times caught up'],
  ['load_resends', 'sent after a reconnect'],
  ['load_users_done', 'users who came to the end'],
]
const LATENCIES: readonly (readonly [metric: string, what: string])[] = [
  ['load_connect_ms', 'connect: due → welcome'],
  ['load_ack_ms', 'ack: due → ack'],
  ['load_delivery_ms', 'delivery: due → at the other'],
  ['load_catch_up_ms', 'catch-up: due → synced'],
  ['load_history_ms', 'history: due → page'],
  ['load_pong_ms', 'ping: due → pong'],
  ['load_late_ms', 'k6 itself late'],
]

export function reportOf({ lastedMs, ...given }: Given): Report {
  const { metrics, seconds } = given
  const thresholds = thresholdsOf(metrics)
  return {
    ...given,
    passed: thresholds.every(({ ok }) => ok),
    lasted_ms: lastedMs,
    counts: COUNTS.flatMap(([metric, what]) => {
      const count = metrics[metric]?.values['count']
      return count === undefined ? [] : [{ metric, what, count, per_second: count / seconds }]
    }),
    latencies: LATENCIES.flatMap(([metric, what]) => {
      const found = metrics[metric]?.values
      if (found === undefined || (found['count'] ?? 0) === 0) return []
      const of = (statistic: string) => found[statistic] ?? 0
      return [
        {
          metric,
          what,
          count: of('count'),
          min: of('min'),
          p50: of('med'),
          p90: of('p(90)'),
          p99: of('p(99)'),
          p999: of('p(99.9)'),
          max: of('max'),
        },
      ]
    }),
    refused: byTag(metrics, 'load_refused'),
    disconnects: byTag(metrics, 'load_disconnects'),
    thresholds,
  }
}

/** Those that only make k6 report a metric by its tag hold always, and aren't told. */
const isTold = (expression: string) => expression !== 'count>=0'

function thresholdsOf(metrics: Given['metrics']): Threshold[] {
  return Object.entries(metrics).flatMap(([metric, { type, thresholds = {}, values }]) =>
    Object.entries(thresholds).flatMap(([expression, { ok }]) => {
      // A limit on times of which there were none says nothing.
      if (!isTold(expression) || (type === 'trend' && values['count'] === 0)) return []
      const statistic = /^[\w.]+(\([\d.]+\))?/.exec(expression)?.[0] ?? ''
      return [{ metric, expression, found: rounded(values[statistic] ?? 0), ok }]
    }),
  )
}

/** `name{code:x}` → x, where it happened. */
function byTag(metrics: Given['metrics'], name: string): Record<string, number> {
  const found: Record<string, number> = {}
  for (const [key, { values }] of Object.entries(metrics)) {
    const tag = key.startsWith(`${name}{`) ? /:([^}]+)\}$/.exec(key)?.[1] : undefined
    const count = values['count'] ?? 0
    if (tag !== undefined && count > 0) found[tag] = count
  }
  return found
}

export const rounded = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(value < 1 ? 3 : 1)

export function textOf(report: Report): string {
  const lines = [
    '',
    `${report.scenario}: ${report.users} users, ${report.seconds} s, ${report.edges.join(', ')}`,
    '',
    ...report.counts.map(
      ({ what, count, per_second }) => `  ${what.padEnd(28)}${String(count).padStart(10)}${rate(per_second)}`,
    ),
    ...tagged('refused by code', report.refused),
    ...tagged('lost by close code', report.disconnects),
    '',
    `  ${'ms'.padEnd(30)}${['p50', 'p90', 'p99', 'p99.9', 'max', 'count'].map((name) => name.padStart(9)).join('')}`,
    ...report.latencies.map(({ what, p50, p90, p99, p999, max, count }) => {
      const cells = [p50, p90, p99, p999, max].map((ms) => ms.toFixed(1).padStart(9)).join('')
      return `  ${what.padEnd(30)}${cells}${String(count).padStart(9)}`
    }),
    '',
    ...report.thresholds.map(
      ({ metric, expression, found, ok }) =>
        `  ${ok ? 'ok    ' : 'FAILED'}  ${metric} ${expression}: ${found}`,
    ),
    '',
    `${report.scenario}: ${report.passed ? 'passed' : 'FAILED'}`,
    '',
  ]
  return lines.join('\n')
}

const rate = (perSecond: number): string => (perSecond === 0 ? '' : `${perSecond.toFixed(1).padStart(12)}/s`)

function tagged(what: string, found: Readonly<Record<string, number>>): string[] {
  const all = Object.entries(found).map(([tag, count]) => `${tag} ${count}`)
  return all.length === 0 ? [] : [`  ${what}: ${all.join(', ')}`]
}
