import { CLOSE, type CloseReason } from '../../../shared/protocol/close-codes.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../../shared/protocol/frames.ts'
import type { DeviceId, SessionId } from '../../../shared/protocol/ids.ts'
import { BAD_FRAMES_TO_CLOSE, BAD_FRAMES_WINDOW_MS } from '../../../shared/protocol/limits.ts'
import type { Identity } from '../auth/identity.ts'
import type { TokenBucket } from '../limits/token-bucket.ts'
import { metrics } from '../metrics.ts'
import { type DevicePresence, PRESENT } from '../presence/device.ts'
import type { Socket } from '../server/socket.ts'
import { ChannelFlows } from './flow.ts'
import type { Outgoing } from './outgoing.ts'
import { Replies } from './replies.ts'
import type { Pending } from './sends.ts'
import type { Transport } from './transport.ts'
import type { UserEntry } from './user-entry.ts'

/** What a session is once it has said hello. */
export type Greeted = {
  readonly identity: Identity
  readonly device: DeviceId
  readonly entry: UserEntry
}

/**
 * Where a session's events stand. `live`: it takes what comes live, as far as it follows on `last`. Otherwise it is
 * catching up and live events are only noted (`UserEntry.newest`).
 */
export type Feed = {
  live: boolean
  epoch: string
  /** The number of the newest event that was sent to it. */
  last: number
  /** Which of its partition's generations it was registered in: an older one has to register again. */
  generation: number
  /** Raised when a newer catch-up takes over from one that is under way. */
  run: number
}

/** Marks that may wait for the end of a catch-up; each channel has one a second at most. */
const MARKS_HELD = 1_000

export class Session {
  readonly id: SessionId
  readonly transport: Transport
  readonly since = Date.now()
  readonly feed: Feed = { live: false, epoch: '', last: 0, generation: -1, run: 0 }
  readonly flows = new ChannelFlows<Pending>()
  readonly sendBucket: TokenBucket | null
  /** Of frames that write records and are no sends. */
  readonly #writeBucket: TokenBucket | null
  greeted: Greeted | null = null
  /** A hello that is being checked. */
  greeting = false
  /** Set once a register request has left: it has to be taken back when the session ends. */
  registered = false
  closed = false
  /** Sends that wait for their answer. */
  readonly pending = new Set<Pending>()
  /** Sends that wait behind a forward, and it. */
  sendsHeld = 0
  /** Of their contents. */
  pendingBytes = 0
  /** Frames that came while the hello was being checked. */
  held: (() => void)[] = []
  heldBytes = 0
  /** Monotonic ms. */
  heardAt = performance.now()
  /** When its person last did something (monotonic ms). */
  activeAt = this.heardAt
  device: DevicePresence
  pingedAt = 0
  pingsSent = 0
  pongsHeard = 0
  readonly openedAt = performance.now()
  /** Commands of it that came over HTTP. */
  readonly replies = new Replies()
  readonly #socket: Socket
  readonly #outgoing: Outgoing
  #badFrames: number[] = []
  #marks: string[] = []
  #drainWaiters: (() => void)[] = []

  constructor(options: {
    readonly id: SessionId
    readonly transport: Transport
    readonly socket: Socket
    readonly outgoing: Outgoing
    readonly sendBucket: TokenBucket | null
    readonly writeBucket?: TokenBucket | null
    /** `AWAITED` where what the client says of itself comes by a request of its own, after this session has begun. */
    readonly device?: DevicePresence
  }) {
    this.id = options.id
    this.transport = options.transport
    this.#socket = options.socket
    this.#outgoing = options.outgoing
    this.sendBucket = options.sendBucket
    this.#writeBucket = options.writeBucket ?? null
    this.device = options.device ?? PRESENT
  }

  get socket(): Socket {
    return this.#socket
  }

  /** For a frame that writes a record and is no send. @throws `rate_limited` */
  takeWrite(): void {
    const wait = this.#writeBucket?.take(performance.now()) ?? 0
    if (wait > 0) throw new WeftError('rate_limited', 'too many changes at once', { retryAfter: wait })
  }

  frame(frame: ServerFrame): void {
    this.answer('id' in frame ? frame.id : undefined, JSON.stringify(frame))
  }

  /** A frame that answers the request of this id. */
  answer(id: number | undefined, text: string, error: WeftError | null = null): void {
    if (!this.replies.take(id, text, error)) this.text(text)
  }

  text(text: string): void {
    if (!this.closed) this.#outgoing.text(this, text)
  }

  event(n: number, json: Uint8Array): void {
    if (!this.closed) this.#outgoing.event(this, this.feed.epoch, n, json)
  }

  /** A mark of a channel's new head. While the session catches up it waits, since those named to it may be older. */
  mark(frame: string): void {
    if (this.feed.live) this.text(frame)
    else if (this.#marks.length < MARKS_HELD) this.#marks.push(frame)
  }

  /** It is live from now on. */
  releaseMarks(): void {
    for (const frame of this.#marks.splice(0)) this.text(frame)
  }

  /** A whole frame (`passingFrame`) that may be left out where the client is slow. Its bytes are shared: none may change. */
  passing(frame: Uint8Array): void {
    if (!this.closed) this.#outgoing.passing(this, frame)
  }

  error(id: number | undefined, error: WeftError): void {
    this.answer(id, errorFrame(id, error), error)
  }

  /** The error of a send that isn't taken, in a moment. With `now` a ping follows it; the number of that ping. */
  refuse(id: number, error: WeftError, now: number | null): number {
    const text = errorFrame(id, error)
    if (this.closed || this.replies.take(id, text, error)) return this.pingsSent
    if (this.#outgoing.refusal(this, text, now !== null) && now !== null) {
      this.pingedAt = now
      this.pingsSent++
    }
    return this.pingsSent
  }

  ping(now: number): void {
    this.pingedAt = now
    this.pingsSent++
    this.text('{"t":"ping"}')
  }

  heard(): void {
    this.heardAt = performance.now()
  }

  /** Answers a frame that was wrong. */
  badFrame(id: number | undefined, error: WeftError): void {
    this.error(id, error)
    this.countBadFrame()
  }

  /** Too many in a row end the connection. */
  countBadFrame(): void {
    metrics.badFrames.inc()
    const now = performance.now()
    this.#badFrames = this.#badFrames.filter((at) => now - at < BAD_FRAMES_WINDOW_MS)
    if (this.#badFrames.push(now) >= BAD_FRAMES_TO_CLOSE) this.close('TOO_MANY_BAD_FRAMES')
  }

  /** Sends what is pending, then closes. */
  close(why: CloseReason): void {
    if (this.closed) return
    const { code, reason } = CLOSE[why]
    this.#outgoing.flushOne(this)
    if (this.closed) return
    metrics.closes.inc({ code: String(code) })
    // The server tells the edge of it (`closed`) from within this call.
    this.#socket.end(code, reason)
  }

  /** Resolves when the client has taken what it was sent, or the connection has ended. */
  async whenDrained(lowWaterBytes: number): Promise<void> {
    this.#outgoing.flushOne(this)
    while (!this.closed && this.#socket.buffered() > lowWaterBytes)
      await new Promise<void>((resolve) => this.#drainWaiters.push(resolve))
  }

  /** Writes what is pending now. */
  flush(): void {
    this.#outgoing.flushOne(this)
  }

  drained(): void {
    const waiters = this.#drainWaiters
    this.#drainWaiters = []
    for (const resolve of waiters) resolve()
  }
}

export const errorFrame = (id: number | undefined, error: WeftError): string => {
  const frame: ServerFrame = {
    t: 'error',
    ...(id === undefined ? {} : { id }),
    code: error.code,
    message: error.message,
    ...(error.retryAfter === undefined ? {} : { retry_after: error.retryAfter }),
  }
  return JSON.stringify(frame)
}
