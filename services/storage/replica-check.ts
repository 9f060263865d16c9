import { setTimeout as pause } from 'node:timers/promises'
import { type LogKind, streams } from '../../shared/fabric/registry.ts'
import { replicasOf, type Suspect, suspects } from '../../shared/fabric/replicas.ts'
import { partitionRefs } from '../../shared/fabric/setup.ts'
import type { Log } from '../../shared/log/log.ts'
import { gauge } from '../../shared/metrics/metrics.ts'

/** While it lasts, an alarm is said again this often (ms). */
const SAY_AGAIN_MS = 60_000

const damaged = gauge(
  'weft_replica_damaged',
  '1 while a server’s copy of a stream lacks what it should hold',
  ['stream', 'server'],
)
const unreached = gauge('weft_replica_check_unreached', 'NATS servers whose replicas could not be looked at')

export type ReplicaCheckOptions = {
  /** Monitoring addresses of all NATS servers, `http://host:port`. */
  readonly monitors: readonly string[]
  readonly everyMs: number
  readonly region: string
  readonly partitions: Readonly<Record<LogKind, number>>
  readonly log: Log
}

/**
 * Compares the replicas of every stream, all the time: JetStream doesn't notice a replica whose files were damaged, and
 * would serve from it what it has left.
 */
export class ReplicaCheck {
  readonly #options: ReplicaCheckOptions
  readonly #dense: ReadonlySet<string>
  readonly #stopping = new AbortController()
  readonly #loop: Promise<void>
  #suspected = new Map<string, Suspect>()
  readonly #saidAt = new Map<string, number>()
  #lost: readonly string[] = []

  constructor(options: ReplicaCheckOptions) {
    this.#options = options
    const { region, partitions } = options
    this.#dense = new Set(
      (['log', 'sync'] as const).flatMap((kind) =>
        partitionRefs(region, kind, partitions[kind]).map((ref) => streams.pack(ref)),
      ),
    )
    this.#loop = options.monitors.length === 0 ? Promise.resolve() : this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#look()
      // The only way for it to end early is the abort, and then the loop ends.
      await pause(this.#options.everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    const { monitors, log } = this.#options
    const looks = await Promise.allSettled(monitors.map(replicasOf))
    const lost = monitors.filter((_, index) => looks[index]?.status === 'rejected')
    unreached.set(lost.length)
    if (lost.length > 0 && lost.join() !== this.#lost.join())
      log.warn({ servers: lost }, 'the replicas of these NATS servers could not be looked at')
    this.#lost = lost
    const replicas = looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : []))
    const now = new Map(
      suspects(replicas, (stream) => this.#dense.has(stream)).map((one) => [
        `${one.stream} ${one.server}`,
        one,
      ]),
    )
    for (const [key, one] of now) if (this.#suspected.has(key)) this.#alarm(key, one)
    for (const [key, { stream, server }] of this.#suspected)
      if (!now.has(key) && !lost.some((url) => new URL(url).host === server))
        this.#mended(key, stream, server)
    // What can't be looked at just now keeps its name.
    const unseen = [...this.#suspected].filter(([, { server }]) =>
      lost.some((url) => new URL(url).host === server),
    )
    this.#suspected = new Map([...unseen, ...now])
  }

  #alarm(key: string, { stream, server, why }: Suspect): void {
    damaged.set({ stream, server }, 1)
    const saidAt = this.#saidAt.get(key)
    if (saidAt !== undefined && performance.now() - saidAt < SAY_AGAIN_MS) return
    this.#saidAt.set(key, performance.now())
    this.#options.log.error(
      { stream, server, why },
      `ALARM: the replica of ${stream} at ${server} is damaged: ${why}. Repair: stop that NATS server, delete the ` +
        `folder of ${stream} in its store (jetstream/<account>/streams/${stream}), start it again and let it resync`,
    )
  }

  #mended(key: string, stream: string, server: string): void {
    if (!this.#saidAt.delete(key)) return
    damaged.set({ stream, server }, 0)
    this.#options.log.info({ stream, server }, 'this replica is whole again')
  }
}
