import { setTimeout as wait } from 'node:timers/promises'

const LOOK_MS = 20
const LIMIT_MS = 20_000

/** Looks again and again until it holds; for what announces itself by no event. Throws after the limit. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  { limitMs = LIMIT_MS, lookMs = LOOK_MS } = {},
): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await wait(lookMs)
  }
}
