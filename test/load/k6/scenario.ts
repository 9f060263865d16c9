import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { SCENARIOS, type ScenarioName } from '../scenario-list.ts'
import { at, nowMs } from './clock.ts'
import { CLOSE_CODES, ERROR_CODES } from './frames.ts'
import { beginCounts } from './metrics.ts'
import { Session } from './session.ts'
import { run, users, values } from './settings.ts'

/** Between the end of the setup and the first connection. */
const LEAD_MS = 200
/** Between the last connection that is due and the load. */
const SETTLE_MS = 1_000
/** Nothing has come for this long, so nothing more is on its way. */
const QUIET_MS = 1_000
const LOOK_MS = 100
/** For closing, beyond the longest that a user takes. */
const SPARE_S = 15

/** When what happens (ms of the run). */
export type Plan = {
  readonly connectFromMs: number
  readonly loadFromMs: number
  readonly loadUntilMs: number
  readonly endMs: number
}

/** Between two operations of one user (ms), of those that share the rate. */
export function periodMs(name: ScenarioName, share = 1): number {
  const total = values.rate === 0 ? SCENARIOS[name].ratePerUser * users.length : values.rate
  return (1_000 * users.length * share) / total
}

/** A user's own moment within a period, so that all of them together are even. */
export const phaseMs = (index: number, period: number): number => (period * index) / users.length

export function optionsOf(name: ScenarioName): Options {
  const longestS = LEAD_MS / 1_000 + values.ramp + SETTLE_MS / 1_000 + values.seconds + values.drain
  return {
    scenarios: {
      [name]: {
        executor: 'per-vu-iterations',
        vus: Math.ceil(users.length / values['users-per-vu']),
        iterations: 1,
        maxDuration: `${Math.ceil(longestS + SPARE_S)}s`,
        gracefulStop: '5s',
      },
    },
    thresholds: thresholdsOf(name),
    summaryTrendStats: ['count', 'min', 'avg', 'med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
    setupTimeout: '30s',
  }
}

function thresholdsOf(name: ScenarioName): Record<string, string[]> {
  const below = (metric: string, statistic: string, limit: number) =>
    limit === 0 ? {} : { [metric]: [`${statistic}<=${limit}`] }
  // Only what has a threshold is reported by its tag.
  const shown = (metric: string, tag: string, tagValues: readonly (string | number)[]) =>
    Object.fromEntries(tagValues.map((value) => [`${metric}{${tag}:${value}}`, ['count>=0']]))
  return {
    load_gaps: ['count==0'],
    load_doubles: ['count==0'],
    load_lost: ['count==0'],
    load_unanswered: ['count==0'],
    load_resets: ['count==0'],
    load_users_done: [`count==${users.length}`],
    load_refused_share: [`rate<=${values['refused-share']}`],
    ...Object.fromEntries(SCENARIOS[name].flows.map((metric) => [metric, ['count>0']])),
    ...below('load_ack_ms', 'p(99)', values['ack-p99']),
    ...below('load_delivery_ms', 'p(99)', values['delivery-p99']),
    ...below('load_connect_ms', 'p(99)', values['connect-p99']),
    ...below('load_catch_up_ms', 'max', values['catch-up-max']),
    ...below('load_history_ms', 'p(99)', values['history-p99']),
    ...shown('load_refused', 'code', ERROR_CODES),
    ...shown('load_disconnects', 'code', CLOSE_CODES),
  }
}

/** k6's setup(): runs once, before all users. */
export function setup(): Plan {
  const connectFromMs = nowMs() + LEAD_MS
  const loadFromMs = connectFromMs + values.ramp * 1_000 + SETTLE_MS
  const loadUntilMs = loadFromMs + values.seconds * 1_000
  return { connectFromMs, loadFromMs, loadUntilMs, endMs: loadUntilMs + values.drain * 1_000 }
}

/** What a user does from `plan.loadFromMs` on; connecting, waiting for what is outstanding, and closing is done here. */
export type Behaviour = (session: Session, plan: Plan, index: number) => void

/** k6's default function: one virtual user plays its share of the users. It ends when all their sockets are closed. */
export function play(plan: Plan, behave: Behaviour): void {
  const share = values['users-per-vu']
  const first = (exec.vu.idInTest - 1) * share
  for (let index = first; index < Math.min(first + share, users.length); index++) {
    const user = users[index]
    if (user === undefined) continue
    beginCounts()
    const session = new Session(user, run)
    const connectMs = plan.connectFromMs + (values.ramp * 1_000 * index) / users.length
    at(connectMs, () => session.connect(connectMs))
    behave(session, plan, index)
    at(plan.loadUntilMs + QUIET_MS, () => endOnceSettled(session, plan.endMs))
  }
}

function endOnceSettled(session: Session, endMs: number): void {
  const now = nowMs()
  const isQuiet = session.settled && now - session.lastEventMs >= QUIET_MS
  if (isQuiet || now >= endMs) session.finish()
  else at(now + LOOK_MS, () => endOnceSettled(session, endMs))
}
