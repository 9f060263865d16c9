/** Everyone is connected and reads their group's history backwards, page by page, over HTTP. */
import { HistoryReader } from '../k6/history.ts'
import { pace } from '../k6/pace.ts'
import { optionsOf, type Plan, periodMs, phaseMs, play } from '../k6/scenario.ts'
import { summarize } from '../k6/summary.ts'

export { setup } from '../k6/scenario.ts'
export const options = optionsOf('history')
export const handleSummary = summarize('history')

export default function history(plan: Plan): void {
  const period = periodMs('history')
  play(plan, (session, { loadFromMs, loadUntilMs }, index) => {
    const reader = new HistoryReader(session.user)
    const fromMs = loadFromMs + phaseMs(index, period)
    pace({ fromMs, periodMs: period, untilMs: loadUntilMs }, (dueMs) => reader.read(dueMs))
  })
}
