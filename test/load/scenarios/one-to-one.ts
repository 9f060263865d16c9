/** Users in pairs, each writing to the other. */
import { pace } from '../k6/pace.ts'
import { optionsOf, type Plan, periodMs, phaseMs, play } from '../k6/scenario.ts'
import { summarize } from '../k6/summary.ts'

export { setup } from '../k6/scenario.ts'
export const options = optionsOf('one-to-one')
export const handleSummary = summarize('one-to-one')

export default function oneToOne(plan: Plan): void {
  const period = periodMs('one-to-one')
  play(plan, (session, { loadFromMs, loadUntilMs }, index) => {
    const { direct } = session.user
    if (direct === null) return
    const fromMs = loadFromMs + phaseMs(index, period)
    pace({ fromMs, periodMs: period, untilMs: loadUntilMs }, (dueMs) => session.send(direct, dueMs))
  })
}
