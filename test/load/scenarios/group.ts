/** Users in groups, each writing to the group: every message goes to all of its members. */
import { pace } from '../k6/pace.ts'
import { optionsOf, type Plan, periodMs, phaseMs, play } from '../k6/scenario.ts'
import { summarize } from '../k6/summary.ts'

export { setup } from '../k6/scenario.ts'
export const options = optionsOf('group')
export const handleSummary = summarize('group')

export default function group(plan: Plan): void {
  const period = periodMs('group')
  play(plan, (session, { loadFromMs, loadUntilMs }, index) => {
    const { group: channel } = session.user
    if (channel === null) return
    const fromMs = loadFromMs + phaseMs(index, period)
    pace({ fromMs, periodMs: period, untilMs: loadUntilMs }, (dueMs) => session.send(channel, dueMs))
  })
}
