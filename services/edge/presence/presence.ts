import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import { decodePresenceUpdate } from '../../../shared/fabric/wire/presence.ts'
import type { Log } from '../../../shared/log/log.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { EdgeId } from '../../../shared/protocol/ids.ts'
import type { EdgeConfig } from '../config.ts'
import { TokenBucket } from '../limits/token-bucket.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import { askAudience } from './audience.ts'
import { AWAITED, type DevicePresence, mostPresent, PRESENT, type SaidStatus } from './device.ts'
import { Reports } from './reports.ts'
import { Watches } from './watches.ts'

const BEAT_MS = 1_000
/** A device has so long to say how present it is before others see that it has come (ms): over HTTP that is a request more. */
const AWAIT_MS = 250

/** How present this edge's users are, as their devices say and do, and whom its sessions watch. */
export class Presence {
  readonly watches: Watches
  readonly #fabric: Fabric
  readonly #directory: Directory
  readonly #sessions: Sessions
  readonly #config: EdgeConfig
  readonly #edge: EdgeId
  readonly #incarnation: number
  readonly #log: Log
  readonly #reports: Reports
  readonly #buckets = new Map<Session, TokenBucket>()
  /** What they did last counts only once they may change their presence again. */
  readonly #late = new Set<Session>()
  /** Sessions that have said nothing yet, those that came first at the front. */
  readonly #awaited = new Map<Session, number>()
  #stops: (() => void)[] = []

  constructor(parts: {
    readonly fabric: Fabric
    readonly directory: Directory
    readonly sessions: Sessions
    readonly config: EdgeConfig
    readonly edge: EdgeId
    readonly incarnation: number
    readonly log: Log
  }) {
    this.#fabric = parts.fabric
    this.#directory = parts.directory
    this.#sessions = parts.sessions
    this.#config = parts.config
    this.#edge = parts.edge
    this.#incarnation = parts.incarnation
    this.#log = parts.log
    this.#reports = new Reports(parts)
    this.watches = new Watches({
      config: parts.config,
      log: parts.log,
      reports: this.#reports,
      ask: (questions) => askAudience(parts.directory, questions),
      partitionOf: (user) => parts.directory.partitionOf('presence', user),
    })
  }

  start(): void {
    const { post, region } = this.#fabric
    const timer = setInterval(() => {
      this.#lookForIdle(performance.now())
      this.#reports.beat()
      this.watches.look()
    }, BEAT_MS)
    const looking = setInterval(() => this.#endWaits(performance.now()), AWAIT_MS / 5)
    this.#sessions.onGreet = (session) => this.#came(session)
    this.#sessions.onEnd = (session) => this.#ended(session)
    this.#stops = [
      () => clearInterval(timer),
      () => clearInterval(looking),
      post.listen(subjects.presenceOut(region, this.#edge), this.#log, (bytes) => this.#onUpdate(bytes)),
      this.#directory.onOwner((kind, partition) => {
        if (kind !== 'presence') return
        this.#reports.tellAll(partition)
        this.watches.doubtPartition(partition)
      }),
    ]
  }

  /** What is still to be told goes out at once: that users are gone, when this edge leaves. */
  flush(): void {
    this.#reports.flush()
  }

  stop(): void {
    this.flush()
    for (const stop of this.#stops) stop()
  }

  /** @throws `rate_limited` */
  say(session: Session, said: SaidStatus, text: string): void {
    const wait = this.#bucketOf(session).take(performance.now())
    if (wait > 0) throw new WeftError('rate_limited', 'too many changes of presence', { retryAfter: wait })
    session.device = { ...session.device, said, text, awaited: false }
    this.#awaited.delete(session)
    this.#tell(session)
  }

  /** A device may flap: beyond its rate only the last of it counts, a moment later. */
  foreground(session: Session, foreground: boolean): void {
    this.#become(session, { ...session.device, foreground })
  }

  /** An idle device is used again. */
  active(session: Session): void {
    this.#become(session, { ...session.device, idle: false })
  }

  /** The same device goes on as it was; another may say first how present it is. */
  #came(session: Session): void {
    for (const other of session.greeted?.entry.sessions ?? []) {
      const { device, greeted } = other
      if (other === session || device.awaited || greeted?.device !== session.greeted?.device) continue
      session.device = { ...device, foreground: true, idle: false }
      return this.#tell(session)
    }
    if (session.device.awaited) this.#awaited.set(session, performance.now())
    else this.#tell(session)
  }

  #endWaits(now: number): void {
    for (const [session, cameAt] of this.#awaited) {
      if (now - cameAt < AWAIT_MS) return
      this.#awaited.delete(session)
      // One object for all of those.
      session.device = session.device === AWAITED ? PRESENT : { ...session.device, awaited: false }
      this.#tell(session)
    }
  }

  #become(session: Session, device: DevicePresence): void {
    session.device = device
    if (this.#bucketOf(session).take(performance.now()) > 0) this.#late.add(session)
    else this.#tell(session)
  }

  #ended(session: Session): void {
    this.#buckets.delete(session)
    this.#late.delete(session)
    this.#awaited.delete(session)
    this.#tell(session)
    this.watches.closed(session)
  }

  #tell({ greeted }: Session): void {
    if (greeted === null) return
    const { user, sessions } = greeted.entry
    this.#reports.user(user, mostPresent(Array.from(sessions, ({ device }) => device)))
  }

  #onUpdate(bytes: Uint8Array): void {
    const update = decodePresenceUpdate(bytes)
    if (update.incarnation !== this.#incarnation) return
    const heard = this.#reports.heard(update)
    if (heard === 'stale') return
    // What was lost may have said that somebody's rules changed.
    if (heard === 'gap') this.watches.doubtPartition(update.partition)
    for (const state of update.states) this.watches.told(state)
    for (const user of update.rules) this.watches.rulesChanged(user)
    for (const profile of update.profiles) this.watches.profileChanged(profile)
  }

  #lookForIdle(now: number): void {
    for (const session of this.#late) {
      this.#late.delete(session)
      this.#tell(session)
    }
    for (const session of this.#sessions.all()) {
      if (session.device.idle || now - session.activeAt < this.#config.idleMs) continue
      session.device = { ...session.device, idle: true }
      this.#tell(session)
    }
  }

  #bucketOf(session: Session): TokenBucket {
    const known = this.#buckets.get(session)
    if (known !== undefined) return known
    const { presenceBurst, presenceRate } = this.#config
    const bucket = new TokenBucket(presenceBurst, presenceRate, performance.now())
    this.#buckets.set(session, bucket)
    return bucket
  }
}
