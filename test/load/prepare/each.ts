const TELL_MS = 3_000

type Each = {
  readonly concurrency: number
  readonly what: string
  readonly say: (line: string) => void
  readonly stop: AbortSignal
}

/** Does `work` for each item, `concurrency` at a time, and says now and then how far it is. Ends at the first failure, or when stopped. */
export async function each<T>(
  items: readonly T[],
  { concurrency, what, say, stop }: Each,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries()
  let done = 0
  let toldAt = performance.now()
  let hasFailed = false
  const worker = async () => {
    for (const [index, item] of queue) {
      if (hasFailed) return
      stop.throwIfAborted()
      await work(item, index)
      done++
      if (performance.now() - toldAt < TELL_MS) continue
      toldAt = performance.now()
      say(`${what}: ${done} of ${items.length}`)
    }
  }
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker)
  await Promise.all(workers).catch((error: unknown) => {
    hasFailed = true
    throw error
  })
  if (items.length > 0) say(`${what}: ${items.length}, ready`)
}
