import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { Line } from './types.ts'

/** A timer can't wait longer, in milliseconds. */
const MAX_TIMER_MS = 2_147_483_647

export const isOver = ({ expiresAt, gone }: Line, now: number): boolean =>
  gone !== true && expiresAt !== undefined && expiresAt.getTime() <= now

/** What is left of a line that was deleted or has disappeared. */
export const gone = (line: Line): Line => ({ ...line, text: '', gone: true, reactions: [], pinned: false })

/** Lets lines disappear at their time, whether or not the server has said so by then. */
export function letDisappear(
  lines: ReadonlySignal<readonly Line[]>,
  change: (seq: number, how: (line: Line) => Line) => void,
): void {
  const again = signal(0)
  effect(() => {
    void again.value
    const times = lines.value.flatMap(({ expiresAt, gone }) =>
      expiresAt === undefined || gone === true ? [] : [expiresAt.getTime()],
    )
    if (times.length === 0) return
    const waitMs = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY) - Date.now()
    const timer = setTimeout(
      () => {
        const now = Date.now()
        for (const line of lines.peek()) if (isOver(line, now)) change(line.seq, gone)
        again.value++
      },
      Math.min(Math.max(0, waitMs), MAX_TIMER_MS),
    )
    return () => clearTimeout(timer)
  })
}
