import { Checker, type CheckOptions, type Counts } from './checker.ts'
import { parseLine } from './parse.ts'
import type { Rule, Violation } from './violations.ts'

export type Report = {
  /** The first of each rule in full. */
  readonly violations: readonly Violation[]
  /** All of them, by rule. */
  readonly broken: ReadonlyMap<Rule, number>
  readonly counts: Counts
}

/** Judges a whole history with its final state. Throws UnusableHistory if it isn't one. */
export async function check(
  lines: AsyncIterable<string> | Iterable<string>,
  options: CheckOptions = {},
): Promise<Report> {
  const checker = new Checker(options)
  for await (const line of lines) checker.take(parseLine(line, checker.counts.lines + 1))
  checker.end()
  const { violations, counts } = checker
  return { violations: violations.kept, broken: violations.counts, counts }
}
