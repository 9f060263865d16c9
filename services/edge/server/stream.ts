/** A response that goes on for long. */
export interface HttpStream {
  /** Copies what it is given. */
  write(bytes: Uint8Array): void
  /** Bytes that the client hasn't taken yet (at the most). */
  buffered(): number
  end(): void
}

/** What the server tells of it. */
export interface HttpStreamHandler {
  /** The client has taken what was buffered. */
  drained(): void
  closed(): void
}

/** What is used of the library's response. */
type ChunkedResponse = {
  cork(run: () => void): unknown
  /** False if the socket didn't take all of it. */
  write(bytes: Uint8Array): boolean
  onWritable(handler: () => boolean): unknown
  end(): unknown
}

/** A comment, which readers of SSE pass over: the library only writes on what waits when it is given something more. */
const NUDGE = Buffer.from(':\n\n')

/**
 * A chunked response. The library buffers what the socket doesn't take and only says that it does so;
 * from then on what is written waits here, so that it can be counted, and goes out when the socket takes more.
 */
export class UwsStream implements HttpStream {
  readonly #response: ChunkedResponse
  #handler: HttpStreamHandler | null = null
  #isOver = false
  /** Bytes of the write that the socket didn't take all of; 0 while it takes everything. */
  #stuckBytes = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0

  constructor(response: ChunkedResponse) {
    this.#response = response
    response.onWritable(() => {
      this.#onWritable()
      return true
    })
  }

  /** Tells what became of it from now on. */
  follow(handler: HttpStreamHandler): void {
    this.#handler = handler
    if (this.#isOver) handler.closed()
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return
    if (this.#stuckBytes > 0) {
      this.#waiting.push(Buffer.from(bytes))
      this.#waitingBytes += bytes.length
      return
    }
    this.#response.cork(() => this.#put(bytes))
  }

  buffered(): number {
    return this.#stuckBytes + this.#waitingBytes
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const waiting = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#response.cork(() => {
      if (waiting.length > 0) this.#response.write(waiting)
      this.#response.end()
    })
    this.#handler?.closed()
  }

  aborted(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting = []
    this.#handler?.closed()
  }

  #put(bytes: Uint8Array): void {
    this.#stuckBytes = this.#response.write(bytes) ? 0 : bytes.length
  }

  #onWritable(): void {
    if (this.#isOver) return
    const waiting = this.#waiting.length === 0 ? NUDGE : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#put(waiting)
    if (this.#stuckBytes === 0) this.#handler?.drained()
  }
}
