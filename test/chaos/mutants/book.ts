import { appendFileSync } from 'node:fs'
import type { Line } from '../../checker/history.ts'

/** Leaves out a line's time, which the book knows. */
type Timed<T> = T extends { readonly at: number } ? Omit<T, 'at'> : T

/** Writes a run's history, line by line as it happens. */
export class Book {
  readonly path: string
  readonly #startedAt = performance.now()
  #op = 0

  constructor(path: string) {
    this.path = path
  }

  nextOp(): number {
    return ++this.#op
  }

  write(line: Timed<Line>): void {
    const at = Math.round((performance.now() - this.#startedAt) * 1_000) / 1_000
    appendFileSync(this.path, `${JSON.stringify({ ...line, at })}\n`)
  }
}
