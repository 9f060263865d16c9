/** What each tab wants, and with it all of them together. A tab that goes away names nothing any more. */
export class Wants<T extends string> {
  readonly #byTab = new Map<string, ReadonlySet<T>>()
  #all: ReadonlySet<T> = new Set()

  get all(): ReadonlySet<T> {
    return this.#all
  }

  /** What this tab wants from now on; returns what that changes for all of them together. */
  set(tab: string, wanted: readonly T[]): { readonly added: readonly T[]; readonly gone: readonly T[] } {
    if (wanted.length === 0) this.#byTab.delete(tab)
    else this.#byTab.set(tab, new Set(wanted))
    const before = this.#all
    const all = new Set<T>()
    for (const wants of this.#byTab.values()) for (const one of wants) all.add(one)
    this.#all = all
    return {
      added: [...all].filter((one) => !before.has(one)),
      gone: [...before].filter((one) => !all.has(one)),
    }
  }

  clear(): void {
    this.#byTab.clear()
    this.#all = new Set()
  }
}

/** Counts who in this tab wants what: the first want and the last one's end are changes. */
export class RefCounts<T extends string> {
  readonly #counts = new Map<T, number>()

  get held(): T[] {
    return [...this.#counts.keys()]
  }

  /** True if any of them wasn't wanted before. */
  add(wanted: readonly T[]): boolean {
    let changed = false
    for (const one of wanted) {
      const count = this.#counts.get(one) ?? 0
      this.#counts.set(one, count + 1)
      changed ||= count === 0
    }
    return changed
  }

  /** True if any of them isn't wanted any longer. */
  remove(wanted: readonly T[]): boolean {
    let changed = false
    for (const one of wanted) {
      const count = (this.#counts.get(one) ?? 0) - 1
      if (count > 0) this.#counts.set(one, count)
      else changed = this.#counts.delete(one) || changed
    }
    return changed
  }
}
