import exec from 'k6/execution'

/** Time since the run began (ms, with decimals), the same in all virtual users of one k6. */
export const nowMs = (): number => exec.instance.currentTestRunDuration

/** Calls at that time of the run, or as soon as k6 comes to it. */
export function at(dueMs: number, act: () => void): void {
  setTimeout(act, Math.max(0, dueMs - nowMs()))
}
