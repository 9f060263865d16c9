import { appendFileSync } from 'node:fs'
import type { Line } from '../checker/history.ts'

/** Leaves out a line's time, which the book knows. */
type Timed<T> = T extends { readonly at: number } ? Omit<T, 'at'> : T

/** Writes a run's history, line by line as it happens, and counts what is asked for and what comes of it. */
export class Book {
  readonly path: string
  operations = 0
  acked = 0
  refused = 0
  /** Without an answer. */
  lost = 0
  readonly #startedAt = performance.now()
  #op = 0

  constructor(path: string) {
    this.path = path
  }

  nextOp(): number {
    return ++this.#op
  }

  write(line: Timed<Line>): void {
    this.#count(line)
    const at = Math.round((performance.now() - this.#startedAt) * 1_000) / 1_000
    appendFileSync(this.path, `${JSON.stringify({ ...line, at })}\n`)
  }

  #count(line: Timed<Line>): void {
    if (line.type === 'invoke' || line.type === 'wanted') this.operations++
    else if (line.type === 'sent' || (line.type === 'ok' && line.f === 'send')) this.acked++
    else if (line.type === 'error') this.refused++
    else if (line.type === 'lost') this.lost++
  }
}
