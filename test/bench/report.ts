import type { Machine } from './machine.ts'
import type { Run } from './row.ts'
import { type Spread, spread } from './statistics.ts'

type RowHead = {
  readonly name: string
  readonly title: string
  readonly date: string
  readonly commit: string
}

export type RowReport = RowHead & {
  readonly figures: Readonly<Record<string, Spread & { readonly unit: string }>>
  readonly notes: readonly string[]
  readonly faults: readonly string[]
  readonly runs: readonly Run[]
}

export type Report = { readonly machine: Machine; readonly rows: readonly RowReport[] }

/** Medians and ranges of a row's runs; a figure that a run lacks is spread over the others. */
export function summarize(head: RowHead, runs: readonly Run[]): RowReport {
  const names = new Set(runs.flatMap(({ figures }) => Object.keys(figures)))
  const figures = [...names].map((key) => {
    const found = runs.flatMap(({ figures }) => figures[key] ?? [])
    return [key, { ...spread(found.map(({ value }) => value)), unit: found[0]?.unit ?? '' }] as const
  })
  const numbered = (of: (run: Run) => readonly string[]) =>
    runs.flatMap((run, i) => of(run).map((line) => (runs.length === 1 ? line : `run ${i + 1}: ${line}`)))
  return {
    ...head,
    figures: Object.fromEntries(figures),
    notes: numbered(({ notes }) => notes),
    faults: numbered(({ faults }) => faults),
    runs,
  }
}

/** A row as people read it. */
export function formatRow({ title, figures, notes, faults }: RowReport): string {
  const lines = Object.entries(figures).map(([name, { median, min, max, unit }]) => {
    const range = min === max ? '' : `  (${formatNumber(min)} … ${formatNumber(max)})`
    return `  ${name.padEnd(28)}${formatNumber(median).padStart(10)} ${unit.padEnd(5)}${range}`.trimEnd()
  })
  return [
    title,
    ...lines,
    ...notes.map((note) => `  note: ${note}`),
    ...faults.map((fault) => `  FAULT: ${fault}`),
  ].join('\n')
}

export function formatMachine(machine: Machine): string {
  const { cpu, cores, memoryGib, kernel, node, natsServer, commit, pinned, dataOnTmpfs, date } = machine
  return [
    `${date}, commit ${commit}`,
    `${cores} × ${cpu}, ${memoryGib} GiB, Linux ${kernel}, Node ${node}, ${natsServer}`,
    pinned
      ? 'the fabric is pinned to core 0, the generator to core 1'
      : 'NOT PINNED (as asked, or for want of two cores or of taskset): fabric and generator disturb each other',
    ...(dataOnTmpfs
      ? ['THE DATA IS IN MEMORY (tmpfs): no fsync costs anything; choose a disk by --data']
      : []),
  ].join('\n')
}

/** Three digits that count, or the whole part if that is more. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
