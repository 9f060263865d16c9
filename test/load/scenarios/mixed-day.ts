/** A day of a chat in short: mostly writing to one, some to a group, some reading of history, read marks, reconnects. */
import { at } from '../k6/clock.ts'
import { HistoryReader } from '../k6/history.ts'
import { pace } from '../k6/pace.ts'
import { optionsOf, type Plan, periodMs, phaseMs, play } from '../k6/scenario.ts'
import type { Session } from '../k6/session.ts'
import { values } from '../k6/settings.ts'
import { summarize } from '../k6/summary.ts'

export { setup } from '../k6/scenario.ts'
export const options = optionsOf('mixed-day')
export const handleSummary = summarize('mixed-day')

/** Of the operations, up to which draw they are this; the rest reads history. */
const DIRECT_BELOW = 0.7
const GROUP_BELOW = 0.85
/** A read mark follows so many of the sends. */
const READ_SHARE = 0.5
/** A user who reconnects is gone for up to this long. */
const AWAY_MAX_MS = 3_000

export default function mixedDay(plan: Plan): void {
  const period = periodMs('mixed-day')
  play(plan, (session, { loadFromMs, loadUntilMs }, index) => {
    const { direct, group } = session.user
    if (direct === null || group === null) return
    const reader = new HistoryReader(session.user)
    const fromMs = loadFromMs + phaseMs(index, period)
    pace({ fromMs, periodMs: period, untilMs: loadUntilMs }, (dueMs) => {
      const draw = Math.random()
      if (draw >= GROUP_BELOW) return reader.read(dueMs)
      const channel = draw < DIRECT_BELOW ? direct : group
      session.send(channel, dueMs)
      const newest = session.newest.get(channel)
      if (newest !== undefined && Math.random() < READ_SHARE) session.markRead(channel, newest)
    })
    reconnectNowAndThen(session, loadFromMs, loadUntilMs)
  })
}

/** At random times (exponential gaps), as people lose their network; not so late that it would outlast the load. */
function reconnectNowAndThen(session: Session, fromMs: number, untilMs: number): void {
  const goneMs = fromMs - Math.log(1 - Math.random()) * values['reconnect-every'] * 1_000
  const backMs = goneMs + Math.random() * AWAY_MAX_MS
  if (backMs >= untilMs) return
  at(goneMs, () => session.disconnect())
  at(backMs, () => {
    session.connect(backMs)
    reconnectNowAndThen(session, backMs, untilMs)
  })
}
