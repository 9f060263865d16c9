import type { Log } from './log/log.ts'

/** What a service gives whoever runs it (its own main.ts, or several in one process). */
export interface Service {
  readonly name: string
  /** Null if it can serve, else what is missing, in a few words. */
  notReady(): string | null
  /** Takes no new work, ends what is under way, hands over what it owns. Bounded in time. */
  drain(): Promise<void>
}

/** How long a drain may take before the process ends anyway (ms). */
export const DRAIN_LIMIT_MS = 25_000

/** Signals closer together than this are one (ms): Ctrl-C comes from the terminal and again from npm. */
const SAME_SIGNAL_MS = 1_000

/** Ends the process on SIGTERM, SIGINT or SIGHUP once all has drained; a second signal, later, ends it at once. */
export function drainOnSignal(log: Log, services: readonly Service[], after: () => Promise<void>): void {
  let firstAt: number | undefined
  const onSignal = (signal: string) => {
    if (firstAt !== undefined) {
      if (performance.now() - firstAt >= SAME_SIGNAL_MS) process.exit(1)
      return
    }
    firstAt = performance.now()
    log.info({ signal }, 'draining')
    const limit = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_LIMIT_MS).unref())
    const drained = (async () => {
      for (const service of services) await service.drain()
      await after()
    })()
    Promise.race([drained, limit]).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'draining failed')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal))
}
