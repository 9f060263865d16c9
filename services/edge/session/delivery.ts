import { toJson } from '../../../shared/fabric/call.ts'
import { edgeAliveShape } from '../../../shared/fabric/calls.ts'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import { decodeEdgeBatch } from '../../../shared/fabric/wire/edge-batch.ts'
import type { Log } from '../../../shared/log/log.ts'
import type { EdgeId } from '../../../shared/protocol/ids.ts'
import { metrics } from '../metrics.ts'
import type { Feeds } from './feeds.ts'
import type { Registrar } from './registrar.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'
import { isMark, passingFrame } from './splice.ts'
import type { UserEntry } from './user-entry.ts'

const ALIVE_EVERY_MS = 1_000
/** Renewals of many sessions begin within this, so that edges don't all come at once (ms). */
const RENEWAL_JITTER_MS = 500

/** Takes the events of SYNC owners to sessions, and has sessions register again when some may have been lost. */
export class Delivery {
  readonly #fabric: Fabric
  readonly #directory: Directory
  readonly #sessions: Sessions
  readonly #feeds: Feeds
  readonly #registrar: Registrar
  readonly #edge: EdgeId
  readonly #incarnation: number
  readonly #log: Log
  readonly #stops: (() => void)[] = []

  constructor(parts: {
    readonly fabric: Fabric
    readonly directory: Directory
    readonly sessions: Sessions
    readonly feeds: Feeds
    readonly registrar: Registrar
    readonly edge: EdgeId
    readonly incarnation: number
    readonly log: Log
  }) {
    this.#fabric = parts.fabric
    this.#directory = parts.directory
    this.#sessions = parts.sessions
    this.#feeds = parts.feeds
    this.#registrar = parts.registrar
    this.#edge = parts.edge
    this.#incarnation = parts.incarnation
    this.#log = parts.log
  }

  start(): void {
    const { nc, post, region } = this.#fabric
    const stopListening = post.listen(subjects.events(region, this.#edge), this.#log, (bytes) =>
      this.#onBatch(bytes),
    )
    const alive = () =>
      nc.publish(
        subjects.edgeAlive(region),
        toJson(edgeAliveShape.parse({ edge: this.#edge, incarnation: this.#incarnation })),
      )
    alive()
    const timer = setInterval(() => {
      // While NATS is away, old signs of life must not pile up.
      if (this.#fabric.connected()) alive()
      this.#checkSilence()
    }, ALIVE_EVERY_MS)
    this.#stops.push(
      stopListening,
      () => clearInterval(timer),
      this.#directory.onOwner((kind, partition) => {
        if (kind === 'sync') this.#lost(partition, 'new-owner')
      }),
    )
    this.#registrar.onVerdict = (partition, verdict) => this.#renew(partition, verdict)
    this.#watchReconnects().catch((error: unknown) =>
      this.#log.error({ err: error }, 'no longer told of reconnections'),
    )
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #onBatch(data: Uint8Array): void {
    const batch = decodeEdgeBatch(data)
    if (batch.incarnation !== this.#incarnation) return
    const verdict = this.#feeds.observe(batch, performance.now())
    if (verdict === 'stale') return
    for (const { json, to } of batch.events) {
      for (const { handle, n } of to) {
        const entry = this.#sessions.byHandle(handle)
        if (entry !== undefined) this.#deliver(entry, n, json)
      }
    }
    for (const { json, handles } of batch.passing) this.#pass(json, handles)
    for (const id of batch.replaced) this.#sessions.byId(id)?.close('REPLACED')
    if (verdict !== 'ok') this.#renew(batch.partition, verdict)
  }

  /** To whoever is there: a session that is catching up has other things to read, and misses nothing that is kept. */
  #pass(json: Uint8Array, handles: readonly number[]): void {
    const frame = passingFrame(json)
    const mark = isMark(json) ? frame.toString() : null
    for (const handle of handles)
      for (const session of this.#sessions.byHandle(handle)?.sessions ?? [])
        if (mark !== null) session.mark(mark)
        else if (session.feed.live) session.passing(frame)
  }

  #deliver(entry: UserEntry, n: number, json: Uint8Array): void {
    if (n > entry.newest) entry.newest = n
    for (const session of entry.sessions) {
      const { feed } = session
      if (!feed.live || n <= feed.last) continue
      if (n === feed.last + 1) {
        feed.last = n
        session.event(n, json)
      } else this.#catchUp(session, 'gap')
    }
  }

  #lost(partition: number, why: string): void {
    this.#feeds.renew(partition, performance.now())
    this.#renew(partition, why)
  }

  /** Everyone of the partition asks again for what comes after the newest that they have. */
  #renew(partition: number, why: string): void {
    const entries = this.#sessions.ofPartition(partition)
    if (entries.size === 0) return
    metrics.gaps.inc({ why })
    const generation = this.#feeds.generation(partition)
    const begin = () => {
      for (const entry of this.#sessions.ofPartition(partition)) {
        if (why === 'new-owner') entry.newest = 0
        for (const session of entry.sessions)
          if (session.feed.live && session.feed.generation < generation) this.#catchUp(session, 'renewal')
      }
    }
    setTimeout(begin, Math.random() * Math.min(RENEWAL_JITTER_MS, entries.size))
  }

  #catchUp(session: Session, why: 'renewal' | 'gap'): void {
    const { epoch, last } = session.feed
    this.#registrar.catchUp(session, { why, cursor: { epoch, n: last } })
  }

  #checkSilence(): void {
    if (!this.#fabric.connected()) return
    for (const partition of this.#feeds.silent(performance.now()))
      if (this.#sessions.ofPartition(partition).size > 0) this.#lost(partition, 'silence')
  }

  async #watchReconnects(): Promise<void> {
    for await (const status of this.#fabric.nc.status()) {
      if (status.type !== 'reconnect') continue
      for (let partition = 0; partition < this.#directory.partitions.sync; partition++)
        this.#lost(partition, 'reconnect')
    }
  }
}
