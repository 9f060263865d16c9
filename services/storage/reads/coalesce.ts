/** Equal reads under way are one. */
export class Coalesce<T> {
  readonly #running = new Map<string, Promise<T>>()

  /** `joined` tells that the read had begun before it was asked for. */
  run(key: string, read: () => Promise<T>): { readonly result: Promise<T>; readonly joined: boolean } {
    const running = this.#running.get(key)
    if (running !== undefined) return { result: running, joined: true }
    // The read begins at the end of this turn, so that what is asked in one turn is one read.
    const started = Promise.resolve()
      .then(read)
      .finally(() => this.#running.delete(key))
    this.#running.set(key, started)
    return { result: started, joined: false }
  }
}
