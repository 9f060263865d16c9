import { useEffect, useState } from 'preact/hooks'
import { fullTime, leftWords } from '../format.ts'
import { Hourglass } from './icons.tsx'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** That a message will disappear, and in how long. */
export function TimeLeft({ at }: { at: Date }) {
  const [now, setNow] = useState(() => Date.now())
  const leftMs = at.getTime() - now
  useEffect(() => {
    if (leftMs <= 0) return
    const timer = setTimeout(() => setNow(Date.now()), leftMs <= 2 * MINUTE_MS ? SECOND_MS : MINUTE_MS / 2)
    return () => clearTimeout(timer)
  }, [leftMs])
  const left = leftWords(Math.max(0, leftMs))
  return (
    <span class="time-left" title={`Disappears ${fullTime(at)}`}>
      <Hourglass />
      <span class="sr-only">Disappears in </span>
      {left}
    </span>
  )
}
