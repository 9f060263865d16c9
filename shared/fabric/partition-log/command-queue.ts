/** Of a new sample in the running mean; and how many times the mean one sample counts for at the most, so that a stall doesn't pass for the pace. */
const WEIGHT = 0.2
const OUTLIER = 4

/** Commands that wait for a commit, and how long one that comes now is likely to. */
export class CommandQueue<Command> {
  #commands: Command[] = []
  /** One command's share of a commit's time (ms), a running mean. */
  #msEach = 0
  #taken = 0
  #takenAt = 0
  #leftNothing = true

  get length(): number {
    return this.#commands.length
  }

  /** What is queued before it, at the pace of the last commits (ms); 0 before there were any. */
  get waitMs(): number {
    return this.#commands.length * this.#msEach
  }

  push(command: Command): void {
    this.#commands.push(command)
  }

  /** Takes from the front for as long as `take` says that it took one. */
  takeWhile(take: (command: Command) => boolean): void {
    const now = performance.now()
    if (this.#taken > 0) this.#pace((now - this.#takenAt) / this.#taken)
    let taken = 0
    for (const command of this.#commands) {
      if (!take(command)) break
      taken++
    }
    this.#commands = taken === this.#commands.length ? [] : this.#commands.slice(taken)
    this.#leftNothing = this.#commands.length === 0
    this.#taken = taken
    this.#takenAt = now
  }

  /** Takes all that is left. */
  takeAll(): readonly Command[] {
    const all = this.#commands
    this.#commands = []
    this.#taken = 0
    return all
  }

  #pace(measured: number): void {
    // With nothing left there may have been less to take than would have gone, and idle time after: that can only show
    // that the pace is faster. It has to be heard, since a pace that is too slow keeps the queue too short to leave anything.
    const sample = this.#leftNothing ? Math.min(measured, this.#msEach) : measured
    if (this.#msEach === 0) this.#msEach = sample
    else this.#msEach += WEIGHT * (Math.min(sample, OUTLIER * this.#msEach) - this.#msEach)
  }
}
