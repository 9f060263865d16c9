import type { Machine } from './machine.ts'
import type { Server } from './server.ts'

export type Figure = {
  readonly value: number
  readonly unit: string
}

/** What one run of a row found. */
export type Run = {
  readonly figures: Readonly<Record<string, Figure>>
  /** What has to be known to read them. */
  readonly notes: readonly string[]
  /** Anything lost, doubled, out of order or unanswered: the figures are worth nothing then. */
  readonly faults: readonly string[]
}

export type Bench = {
  readonly machine: Machine
  /** Length of each measurement (s). */
  readonly seconds: number
  readonly warmupSeconds: number
  /** Multiplies the number of clients, for a quick look. */
  readonly scale: number
  /** For the fabric's node. */
  readonly nodeArgs: readonly string[]
  /** A fabric of its own, in a fresh folder, on the server's core; stopped at the run's end. */
  fabric(env?: Readonly<Record<string, string>>): Promise<Server>
  /** A fresh folder, removed at the run's end. */
  folder(): Promise<string>
  /** Called at the run's end, the last one first. */
  atEnd(undo: () => Promise<void> | void): void
}

export type Row = {
  /** As the options name it. */
  readonly name: string
  readonly title: string
  /** It compares with itself: one run a call is enough, unless more are asked for. */
  readonly once?: boolean
  run(bench: Bench): Promise<Run>
}

export const figure = (value: number, unit: string): Figure => ({ value, unit })
