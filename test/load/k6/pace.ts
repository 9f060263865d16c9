import { at, nowMs } from './clock.ts'
import { times } from './metrics.ts'

type Pace = { readonly fromMs: number; readonly periodMs: number; readonly untilMs: number }

/**
 * An open loop: acts once a period whatever became of the ones before, and tells each when it was due. What fell due
 * while k6 was busy is done at once, so that a stall of the fabric shows in every operation that it delayed.
 */
export function pace({ fromMs, periodMs, untilMs }: Pace, act: (dueMs: number) => void): void {
  let dueMs = fromMs
  const step = () => {
    const now = nowMs()
    for (; dueMs <= now && dueMs < untilMs; dueMs += periodMs) {
      times.late.add(now - dueMs)
      act(dueMs)
    }
    if (dueMs < untilMs) at(dueMs, step)
  }
  at(dueMs, step)
}
