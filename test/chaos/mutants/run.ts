import { performance } from 'node:perf_hooks'
import type { Report } from '../../checker/check.ts'
import { summaryOf, violationOf } from '../../checker/report.ts'
import { MUTANTS } from './mutants.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { Stage } from './stage.ts'

/** What became of one scenario, with its mutant and without. */
export type Verdict = {
  readonly mutant: string
  /** The promise that it broke; null if it lives. */
  readonly killedBy: string | null
  /** The run without the mutant kept every promise. */
  readonly controlHolds: boolean
  /** From the start of its processes to the checker's word (s). */
  readonly seconds: number
  readonly lines: readonly string[]
}

/** Plays one scenario. Throws with the processes' last words if it couldn't be played to its end. */
export async function play({ mutant, run }: Scenario, withMutant: boolean): Promise<Report> {
  const stage = await Stage.set(withMutant ? [mutant] : [])
  try {
    return await run(stage)
  } catch (error) {
    throw new Error(`${mutant} (${withMutant ? 'on' : 'off'}): ${String(error)}\n${stage.logs}`, {
      cause: error,
    })
  } finally {
    await stage.strike()
  }
}

/** With the mutant and without it, side by side. */
export async function judge(scenario: Scenario): Promise<Verdict> {
  const began = performance.now()
  let seconds = 0
  const mutated = play(scenario, true).then((report) => {
    seconds = (performance.now() - began) / 1_000
    return report
  })
  const [report, control] = await Promise.all([mutated, play(scenario, false)])
  const rule = scenario.kills.find((rule) => report.broken.has(rule))
  const first = report.violations.find((violation) => violation.rule === rule)
  return {
    mutant: scenario.mutant,
    killedBy: first === undefined ? null : violationOf(first),
    controlHolds: control.broken.size === 0,
    seconds,
    lines: [
      `with it: ${summaryOf(report)}`,
      `without: ${summaryOf(control)}`,
      ...control.violations.map((violation) => `without: ${violationOf(violation)}`),
    ],
  }
}

/**
 * `npm run chaos -- --mutants`: every mutant, or those named. Says what killed each and after how long.
 * Gives the number of those that live or whose scenario breaks a promise without them.
 */
export async function runMutants(
  say: (line: string) => void,
  names: readonly string[] = [],
): Promise<number> {
  const unknown = names.filter((name) => !(name in MUTANTS))
  if (unknown.length > 0)
    throw new Error(`no such mutant: ${unknown.join(', ')}; there are ${Object.keys(MUTANTS).join(', ')}`)
  let failed = 0
  for (const scenario of SCENARIOS) {
    if (names.length > 0 && !names.includes(scenario.mutant)) continue
    const { mutant, killedBy, controlHolds, seconds, lines } = await judge(scenario)
    const isGood = killedBy !== null && controlHolds
    if (!isGood) failed += 1
    say(`${mutant}: ${killedBy === null ? 'LIVES' : `killed after ${seconds.toFixed(1)} s by ${killedBy}`}`)
    if (!controlHolds) say(`${mutant}: its scenario breaks promises WITHOUT it`)
    if (!isGood) for (const line of lines) say(`  ${line}`)
  }
  return failed
}
