import type { Socket } from '../server/socket.ts'
import type { HttpStream } from '../server/stream.ts'

/** An event of a queue begins so: its cursor becomes the SSE event's id. */
const EVENT_HEAD = Buffer.from('{"t":"event","cursor":"')
/**
 * Frames that say where the client is once it has them; their cursor is an id too. A client whose stream was lost before
 * any event came would begin at the head else, and not know what it missed. (`welcome` names the head, and comes before
 * what was missed.)
 */
const PLACES = ['{"t":"synced",', '{"t":"reset",'].map((head) => Buffer.from(head))
const CURSOR = Buffer.from('"cursor":"')
const QUOTE = 0x22
const ID = Buffer.from('id: ')
const DATA = Buffer.from('data: ')
const NEWLINE = 0x0a
/** What a frame grows by at the most: names, an id of a cursor's length, newlines. */
const OVERHEAD_BYTES = 160
const KEEP_BYTES = 256 * 1024

/** One buffer serves all streams: what is written is copied. */
let scratch = Buffer.allocUnsafe(64 * 1024)
let length = 0

/** What was last sent to several, as it was made for the first of them. */
let shared: { readonly frames: readonly Uint8Array[]; readonly bytes: Uint8Array } | null = null

/** A client's SSE stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) as a socket: each frame is an event. */
export class SseSocket implements Socket {
  readonly #stream: HttpStream
  #isCorked = false

  constructor(stream: HttpStream) {
    this.#stream = stream
  }

  send(data: string | Uint8Array): void {
    append(typeof data === 'string' ? Buffer.from(data) : data)
    if (!this.#isCorked) this.#flush()
  }

  buffered(): number {
    return this.#stream.buffered()
  }

  cork(run: () => void): void {
    this.#isCorked = true
    try {
      run()
    } finally {
      this.#isCorked = false
      this.#flush()
    }
  }

  sendShared(frames: readonly Uint8Array[]): void {
    if (shared?.frames !== frames) {
      for (const frame of frames) append(frame)
      shared = { frames, bytes: Buffer.from(scratch.subarray(0, length)) }
      length = 0
    }
    this.#stream.write(shared.bytes)
  }

  /** Over HTTP there is no close code: a last frame says it. */
  end(code: number, reason: string): void {
    this.send(JSON.stringify({ t: 'closed', code, reason }))
    this.#stream.end()
  }

  #flush(): void {
    if (length === 0) return
    this.#stream.write(scratch.subarray(0, length))
    length = 0
    if (scratch.length > KEEP_BYTES) scratch = Buffer.allocUnsafe(64 * 1024)
  }
}

function append(frame: Uint8Array): void {
  reserve(frame.length + OVERHEAD_BYTES)
  const idStart = placeIn(frame)
  const idEnd = idStart === -1 ? -1 : frame.indexOf(QUOTE, idStart)
  if (idEnd !== -1) {
    length += ID.copy(scratch, length)
    scratch.set(frame.subarray(idStart, idEnd), length)
    length += idEnd - idStart
    scratch[length++] = NEWLINE
  }
  length += DATA.copy(scratch, length)
  // JSON holds no newline outside of its escapes.
  scratch.set(frame, length)
  length += frame.length
  scratch[length++] = NEWLINE
  scratch[length++] = NEWLINE
}

/** Where in the frame the cursor stands that is its id; -1 if it has none. */
function placeIn(frame: Uint8Array): number {
  if (beginsWith(frame, EVENT_HEAD)) return EVENT_HEAD.length
  if (!PLACES.some((head) => beginsWith(frame, head))) return -1
  const at = Buffer.from(frame.buffer, frame.byteOffset, frame.length).indexOf(CURSOR)
  return at === -1 ? -1 : at + CURSOR.length
}

const beginsWith = (frame: Uint8Array, head: Buffer): boolean =>
  frame.length > head.length && head.compare(frame, 0, head.length) === 0

function reserve(more: number): void {
  if (length + more <= scratch.length) return
  const grown = Buffer.allocUnsafe((length + more) * 2)
  scratch.copy(grown, 0, 0, length)
  scratch = grown
}
