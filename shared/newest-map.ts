/**
 * A map that forgets: it holds at least the `keep` entries that were used last, and at most twice as many. It has two
 * generations and drops the old one whole, since to delete a `Map`'s oldest entry again and again is to walk over the
 * places of all that were deleted before it.
 */
export class NewestMap<Key, Value> {
  readonly #keep: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  constructor(keep: number) {
    this.#keep = keep
  }

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: Key, value: Value): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#keep) return
    this.#old = this.#young
    this.#young = new Map()
  }
}
