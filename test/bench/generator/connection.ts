import { connect, type Socket } from 'node:net'
import { CLOSE, clientFrame, FrameCutter, PING, PONG, TEXT, upgradeEnd, upgradeRequest } from './websocket.ts'

const READ_BYTES = 256 * 1024
const SUBPROTOCOL = 'weft.v1'
/** One for all sockets: what was read is used up before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

export type Address = { readonly host: string; readonly port: number }

export interface ConnectionHandler {
  /** The upgrade is answered: frames may be queued. */
  opened(): void
  /** The bytes of one text frame, valid only during the call; `now` is when they were read. */
  text(bytes: Buffer, start: number, end: number, now: number): void
  /** Once, unless `cut` came first. */
  closed(why: string): void
}

/** A WebSocket that does as little a frame as will do. */
export class Connection {
  readonly #socket: Socket
  readonly #handler: ConnectionHandler
  readonly #cutter = new FrameCutter()
  #head: Buffer | null = Buffer.alloc(0)
  #isClosed = false
  #isReading = false
  #now = 0
  #out: Buffer[] = []

  constructor({ host, port }: Address, path: string, handler: ConnectionHandler) {
    this.#handler = handler
    const callback = (length: number) => {
      this.#read(readBuffer.subarray(0, length))
      return true
    }
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback } })
    this.#socket.on('connect', () => {
      // Frames wait for the answer: uWebSockets.js drops those that come in one piece with the request.
      this.#socket.write(upgradeRequest(`${host}:${port}`, path, SUBPROTOCOL), 'latin1')
    })
    this.#socket.on('error', (error) => this.#close(error.message))
    this.#socket.on('close', () => this.#close('the connection closed'))
  }

  /** Written with whatever else is queued during the same read; outside one, by `flush`. */
  queue(frame: Buffer): void {
    this.#out.push(frame)
  }

  flush(): void {
    if (this.#isReading || this.#out.length === 0) return
    const [first] = this.#out
    const bytes = this.#out.length === 1 && first !== undefined ? first : Buffer.concat(this.#out)
    this.#out = []
    this.#socket.write(bytes)
  }

  /** Without a goodbye. */
  cut(): void {
    this.#isClosed = true
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return
    this.#now = performance.now()
    this.#isReading = true
    try {
      const frames = this.#head === null ? chunk : this.#afterHead(this.#head, chunk)
      if (frames !== null) this.#cutter.push(frames, this.#onFrame)
    } catch (error) {
      this.#close(error instanceof Error ? error.message : String(error))
    } finally {
      this.#isReading = false
    }
    this.flush()
  }

  /** What follows the answer to the upgrade; null while that isn't whole. */
  #afterHead(head: Buffer, chunk: Buffer): Buffer | null {
    const bytes = Buffer.concat([head, chunk])
    const at = upgradeEnd(bytes)
    this.#head = at === null ? bytes : null
    if (at === null) return null
    this.#handler.opened()
    return bytes.subarray(at)
  }

  readonly #onFrame = (opcode: number, bytes: Buffer, start: number, end: number): void => {
    if (opcode === TEXT) this.#handler.text(bytes, start, end, this.#now)
    else if (opcode === PING) this.queue(clientFrame(bytes.subarray(start, end), PONG))
    else if (opcode === CLOSE) this.#close(`the server closed with ${bytes.readUInt16BE(start)}`)
  }

  #close(why: string): void {
    if (this.#isClosed) return
    this.cut()
    this.#handler.closed(why)
  }
}
