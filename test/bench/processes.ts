import { readdirSync, readFileSync } from 'node:fs'

/** What Linux counts processor time in, whatever the kernel's own clock (1/s). */
const TICKS_PER_SECOND = 100
const KIB = 1024

/** What a process and all its descendants have used. */
export type Usage = {
  /** User and system time (s). */
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** Of the processes and all of their descendants; those that have ended don't count any more. */
export function usageOf(roots: readonly number[]): Usage {
  let cpuSeconds = 0
  let rssBytes = 0
  for (const pid of descendants(roots)) {
    const fields = statFields(pid)
    // Counted from the state, the third field: utime and stime are the 14th and 15th.
    cpuSeconds += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND
    rssBytes += rssOf(pid)
  }
  return { cpuSeconds, rssBytes }
}

/** 0 if it has ended. */
export function rssOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status'))?.[1]
  return Number(kib ?? 0) * KIB
}

/** The roots first. */
export function descendants(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(statFields(pid)[1] ?? 0)
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found = [...roots]
  // It grows while it is walked.
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

/** What stands after the name in parentheses, which may hold spaces: state, parent, … */
const statFields = (pid: number): string[] => procFile(pid, 'stat').split(') ').at(-1)?.split(' ') ?? []

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return '' // ended meanwhile
  }
}
