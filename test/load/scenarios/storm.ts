/**
 * One of each pair vanishes, the other goes on writing to it; then all that are gone come back at once and catch up.
 * Those that stayed show what a storm does to the others.
 */
import { at } from '../k6/clock.ts'
import { pace } from '../k6/pace.ts'
import { optionsOf, type Plan, periodMs, phaseMs, play } from '../k6/scenario.ts'
import { users, values } from '../k6/settings.ts'
import { summarize } from '../k6/summary.ts'

export { setup } from '../k6/scenario.ts'
export const options = optionsOf('storm')
export const handleSummary = summarize('storm')

/** Of a round, before the users vanish. */
const CALM_SHARE = 0.2

export default function storm(plan: Plan): void {
  const period = periodMs('storm', 0.5)
  play(plan, (session, { loadFromMs, loadUntilMs }, index) => {
    const { direct } = session.user
    if (direct === null) return
    if (index % 2 === 1) {
      const fromMs = loadFromMs + phaseMs(index, period)
      pace({ fromMs, periodMs: period, untilMs: loadUntilMs }, (dueMs) => session.send(direct, dueMs))
      return
    }
    const roundMs = (values.seconds * 1_000) / values.storms
    for (let round = 0; round < values.storms; round++) {
      const goneMs = loadFromMs + roundMs * (round + CALM_SHARE)
      const backMs = goneMs + values.away * 1_000 + (values.spread * 1_000 * index) / users.length
      at(goneMs, () => session.disconnect())
      at(backMs, () => session.connect(backMs))
    }
  })
}
