import { metrics } from '../../metrics.ts'
import type { Socket } from '../../server/socket.ts'
import type { OpenChannel, Reader } from './open-channel.ts'

/** Under load frames are held so long, to write several at once to each socket (ms). */
const HOLD_MS = 5
/** Of what a client may owe: after so much was published, slow readers are looked for. */
const LOOK_SHARE = 0.25

/** Writes the frames of open channels to all their sessions: one native call a frame, one write a socket. */
export class Broadcaster {
  readonly #limitBytes: number
  readonly #publish: (topic: string, frame: Uint8Array) => void
  readonly #waiting = new Set<OpenChannel>()
  #isScheduled = false
  #flushedAt = 0

  constructor(limitBytes: number, publish: (topic: string, frame: Uint8Array) => void) {
    this.#limitBytes = limitBytes
    this.#publish = publish
  }

  add(channel: OpenChannel, frame: Buffer): void {
    channel.frames.push(frame)
    this.#waiting.add(channel)
    if (this.#isScheduled) return
    this.#isScheduled = true
    const wait = HOLD_MS - (performance.now() - this.#flushedAt)
    if (wait <= 0) setImmediate(() => this.#flush())
    else setTimeout(() => this.#flush(), wait)
  }

  /** From now on the reader gets what all get: nothing of what was held for those before it. */
  join(reader: Reader): void {
    const { channel, session } = reader
    this.#write(channel)
    // What it was sent singly must be on its way before.
    session.flush()
    if (session.closed) return
    channel.waiting.delete(reader)
    reader.state = 'joined'
    reader.pending = []
    reader.isSubscribed = session.socket.subscribe?.(channel.topic) ?? false
    if (!reader.isSubscribed) channel.single.add(reader)
  }

  /** After what was held for it. */
  leave(reader: Reader): void {
    const { channel, session } = reader
    this.#write(channel)
    channel.waiting.delete(reader)
    channel.single.delete(reader)
    channel.readers.delete(session)
    if (reader.isSubscribed && !session.closed) session.socket.unsubscribe?.(channel.topic)
  }

  #flush(): void {
    this.#isScheduled = false
    this.#flushedAt = performance.now()
    for (const channel of this.#waiting) this.#write(channel)
    this.#waiting.clear()
  }

  #write(channel: OpenChannel): void {
    const { frames } = channel
    if (frames.length === 0) return
    channel.frames = []
    const joined = channel.readers.size - channel.waiting.size
    for (const frame of frames) {
      channel.bytesSinceLook += frame.length
      if (joined > channel.single.size) this.#publish(channel.topic, frame)
    }
    for (const { session } of channel.single) {
      if (!session.closed) sendTo(session.socket, frames)
    }
    metrics.eventsOut.inc({ way: 'opened' }, joined * frames.length)
    if (channel.bytesSinceLook > this.#limitBytes * LOOK_SHARE) this.#closeSlow(channel)
  }

  /** A client that doesn't take what it is owed is closed rather than buffered for. */
  #closeSlow(channel: OpenChannel): void {
    channel.bytesSinceLook = 0
    for (const { session } of [...channel.readers.values()])
      if (!session.closed && session.socket.buffered() > this.#limitBytes) session.close('TRY_AGAIN_LATER')
  }
}

function sendTo(socket: Socket, frames: readonly Uint8Array[]): void {
  if (socket.sendShared !== undefined) return socket.sendShared(frames)
  socket.cork(() => {
    for (const frame of frames) socket.send(frame)
  })
}
