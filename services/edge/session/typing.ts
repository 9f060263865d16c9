import type { Fabric } from '../../../shared/fabric/connection.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import { encodeTyping, type TypingSign } from '../../../shared/fabric/wire/typing.ts'
import type { ChannelId } from '../../../shared/protocol/ids.ts'
import type { EdgeConfig } from '../config.ts'
import { TokenBucket } from '../limits/token-bucket.ts'
import { metrics } from '../metrics.ts'
import type { Session } from './session.ts'

const LOOK_EVERY_MS = 500
/** Signs for one partition that may wait for the end of a tick; more are dropped. */
const WAITING_MAX = 1_000
const TOLD = { told: true, waitSeconds: 0 }
const NOT_TOLD = { told: false, waitSeconds: 0 }

/** When a session last said that it types in a channel, and when the channel was last told (monotonic ms). */
type Sign = { saidAt: number; toldAt: number }
type Typist = { readonly bucket: TokenBucket; readonly channels: Map<ChannelId, Sign> }

/**
 * Who types, as this edge's sessions say. A sign goes to the channel's owner once and is said anew while it lasts, once
 * in its lifetime however often the session repeats it; it ends when the session says so, sends a message, falls silent
 * or is gone. Where this edge dies, those who were told stop believing it (`TYPING_OVER_MS`).
 */
export class Typing {
  readonly #fabric: Fabric
  readonly #directory: Directory
  readonly #config: EdgeConfig
  readonly #now: () => number
  readonly #typists = new Map<Session, Typist>()
  readonly #waiting = new Map<number, TypingSign[]>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: {
    readonly fabric: Fabric
    readonly directory: Directory
    readonly config: EdgeConfig
    /** Monotonic ms. */
    readonly now?: () => number
  }) {
    this.#fabric = parts.fabric
    this.#directory = parts.directory
    this.#config = parts.config
    this.#now = parts.now ?? (() => performance.now())
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#flush()
  }

  /** Whether the channel is told; if not for its being too much, after how many seconds it may be. */
  say(
    session: Session,
    channel: ChannelId,
    on: boolean,
  ): { readonly told: boolean; readonly waitSeconds: number } {
    const now = this.#now()
    const typist = this.#typistOf(session, now)
    const sign = typist.channels.get(channel)
    if (on && sign !== undefined) {
      sign.saidAt = now
      metrics.typing.inc({ outcome: 'repeated' })
      return NOT_TOLD
    }
    if (!on && sign === undefined) return NOT_TOLD
    const waitSeconds = typist.bucket.take(now)
    if (waitSeconds > 0) {
      metrics.typing.inc({ outcome: 'limited' })
      return { told: false, waitSeconds }
    }
    if (on) {
      typist.channels.set(channel, { saidAt: now, toldAt: now })
      this.#tell(session, channel, true)
    } else this.#end(session, typist, channel)
    return TOLD
  }

  /** The channel isn't theirs to type in: nothing is said anew or taken back. */
  refused(session: Session, channel: ChannelId): void {
    this.#typists.get(session)?.channels.delete(channel)
  }

  /** What they typed is there. */
  sent(session: Session, channel: ChannelId): void {
    const typist = this.#typists.get(session)
    if (typist?.channels.has(channel)) this.#end(session, typist, channel)
  }

  closed(session: Session): void {
    const typist = this.#typists.get(session)
    if (typist === undefined) return
    this.#typists.delete(session)
    for (const channel of typist.channels.keys()) this.#end(session, typist, channel)
  }

  /** Ends what wasn't repeated, and says anew what was. */
  look(): void {
    const now = this.#now()
    for (const [session, typist] of this.#typists) {
      for (const [channel, sign] of typist.channels) {
        if (now - sign.saidAt >= this.#config.typingMs) this.#end(session, typist, channel)
        else if (now - sign.toldAt >= this.#config.typingMs) {
          sign.toldAt = now
          this.#tell(session, channel, true)
        }
      }
    }
  }

  #typistOf(session: Session, now: number): Typist {
    const known = this.#typists.get(session)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.#config.typingBurst, this.#config.typingRate, now)
    const typist = { bucket, channels: new Map() }
    this.#typists.set(session, typist)
    return typist
  }

  #end(session: Session, typist: Typist, channel: ChannelId): void {
    typist.channels.delete(channel)
    const others = session.greeted?.entry.sessions ?? []
    for (const other of others) if (this.#typists.get(other)?.channels.has(channel)) return
    this.#tell(session, channel, false)
  }

  #tell({ greeted }: Session, channel: ChannelId, on: boolean): void {
    if (greeted === null) return
    if (this.#waiting.size === 0) setImmediate(() => this.#flush())
    const partition = this.#directory.partitionOf('log', channel)
    const waiting = this.#waiting.get(partition) ?? []
    this.#waiting.set(partition, waiting)
    const isFull = waiting.length >= WAITING_MAX
    metrics.typing.inc({ outcome: isFull ? 'dropped' : 'told' })
    if (!isFull) waiting.push({ channel, user: greeted.identity.user, on })
  }

  #flush(): void {
    const { post, region, connected } = this.#fabric
    for (const [partition, signs] of this.#waiting) {
      const term = this.#directory.term('log', partition)
      // The client library would keep them for the time when NATS is back, when they are long over.
      if (term === undefined || !connected()) metrics.typing.inc({ outcome: 'dropped' }, signs.length)
      else post.send(subjects.typing(region, partition, term), encodeTyping(signs))
    }
    this.#waiting.clear()
  }
}
