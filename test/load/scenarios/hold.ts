/** Connect, stay, ping; nothing is sent. What does a connection cost, and does it stay? */
import { pace } from '../k6/pace.ts'
import { optionsOf, type Plan, phaseMs, play } from '../k6/scenario.ts'
import { values } from '../k6/settings.ts'
import { summarize } from '../k6/summary.ts'

export { setup } from '../k6/scenario.ts'
export const options = optionsOf('hold')
export const handleSummary = summarize('hold')

export default function hold(plan: Plan): void {
  const periodMs = values['ping-every'] * 1_000
  play(plan, (session, { loadFromMs, loadUntilMs }, index) => {
    const fromMs = loadFromMs + phaseMs(index, Math.min(periodMs, loadUntilMs - loadFromMs))
    pace({ fromMs, periodMs, untilMs: loadUntilMs }, (dueMs) => session.ping(dueMs))
  })
}
